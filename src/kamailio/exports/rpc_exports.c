/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/exports/rpc_exports.h"

#include "core/str.h"

#include "kamailio/boundary/entry_points.h"
#include "kamailio/host/host_counters.h"

/* Under the name that RPC commands are documented by. */
static const char* stats_doc[] = {"The counters of the group exec.", 0};
static const char* jobs_doc[] = {
    "Asynchronous calls that are running or waiting, the oldest first.", 0};
static const char* kill_doc[] = {"Ends an asynchronous call by its id (exec.jobs).", 0};

static const char* programs_doc[] = {
    "Named programs: attributes, outcomes of calls, processes or workers; of one program if a name "
    "is "
    "given.",
    0};
static const char* reload_doc[] = {
    "Replaces the workers of a named program, or of all programs with a pool.", 0};

/* jsonrpcs sends 128 KiB in a datagram at most, and of a longer answer nothing. */
enum { MOST_JOBS = 400 };

/* Whether there is one more argument, of whatever type: every kind of RPC gives a text as one of
 * these. scan() says 0 of one that it can't give as asked for, as it does where there is none. */
static int argument_left(rpc_t* rpc, void* context) {
  str text;
  int number;
  return rpc->scan(context, "*.S", &text) >= 1 || rpc->scan(context, "*d", &number) >= 1;
}

static int takes_none(rpc_t* rpc, void* context) {
  if (argument_left(rpc, context)) {
    rpc->fault(context, 400, "it takes no argument");
    return 0;
  }
  return 1;
}

static void rpc_stats(rpc_t* rpc, void* context) {
  void* all;
  if (!takes_none(rpc, context)) {
    return;
  }
  if (rpc->add(context, "{", &all) < 0) {
    return;
  }
  for (int i = 0; i < host_counters(); i++) {
    rpc->struct_add(all, "j", host_counter_name(i), (unsigned long)host_counter_value(i));
  }
}

typedef struct JobsReply {
  rpc_t* rpc;
  void* context;
} JobsReply;

static void add_job(void* context, const KamexecJobView* job) {
  const JobsReply* reply = context;
  void* one;
  str label = {(char*)job->label, (int)job->label_length};
  if (reply->rpc->add(reply->context, "{", &one) < 0) {
    return;
  }
  reply->rpc->struct_add(one, "jSjjjd", "id", job->id, "call", &label, "age_ms", job->age_ms,
                         "timeout_ms", job->timeout_ms, "bytes", job->bytes, "waited_for",
                         job->waited_for);
}

static void rpc_jobs(rpc_t* rpc, void* context) {
  JobsReply reply = {rpc, context};
  if (!takes_none(rpc, context)) {
    return;
  }
  if (kamexec_jobs(MOST_JOBS, add_job, &reply) < 0) {
    rpc->fault(context, 500, "out of memory");
  }
}

static void rpc_kill(rpc_t* rpc, void* context) {
  /* Numbers come as double, by way of JSON or of an unsigned long that the host reads as one. */
  const double longest = 9007199254740992.0; /* 2^53 */
  double id = 0;
  if (rpc->scan(context, ".f", &id) < 1 || !(id >= 1 && id < longest) ||
      id != (double)(unsigned long)id || argument_left(rpc, context)) {
    rpc->fault(context, 400, "give the id of one call, as exec.jobs shows it");
    return;
  }
  if (kamexec_job_kill((unsigned long)id) < 0) {
    rpc->fault(context, 404, "there is no such call");
  }
}

typedef struct ProgramsReply {
  rpc_t* rpc;
  void* context;
  void* program;
  void* group;
} ProgramsReply;

static void add_program(void* context, const char* name) {
  ProgramsReply* reply = context;
  if (reply->rpc->add(reply->context, "{", &reply->program) < 0) {
    reply->program = NULL;
    return;
  }
  reply->rpc->struct_add(reply->program, "s", "name", name);
}

static void add_group(void* context, const char* name) {
  ProgramsReply* reply = context;
  reply->group = NULL;
  if (reply->program != NULL &&
      reply->rpc->struct_add(reply->program, "{", name, &reply->group) < 0) {
    reply->group = NULL;
  }
}

static void add_text(void* context, const char* name, const char* value) {
  const ProgramsReply* reply = context;
  if (reply->group != NULL) {
    reply->rpc->struct_add(reply->group, "s", name, value);
  }
}

static void add_number(void* context, const char* name, unsigned long value) {
  const ProgramsReply* reply = context;
  if (reply->group != NULL) {
    reply->rpc->struct_add(reply->group, "j", name, value);
  }
}

/* The name that may be given; empty: none. A number is a name too, as kamcmd sends what looks like
 * one. 0 after a fault: what was given is no name, and must not count as none. */
static int program_name(rpc_t* rpc, void* context, HostText* given) {
  str name = {NULL, 0};
  const int named = rpc->scan(context, "*.S", &name) >= 1;
  given->text = named ? name.s : NULL;
  given->length = named ? (size_t)name.len : 0;
  if (argument_left(rpc, context) || (named && name.len <= 0)) {
    rpc->fault(context, 400, "give the name of one program, or nothing for all");
    return 0;
  }
  return 1;
}

static void rpc_programs(rpc_t* rpc, void* context) {
  ProgramsReply reply = {rpc, context, NULL, NULL};
  const KamexecProgramSink sink = {&reply, add_program, add_group, add_text, add_number};
  HostText name;
  if (!program_name(rpc, context, &name)) {
    return;
  }
  const int shown = kamexec_programs(name, &sink);
  if (shown < 0) {
    rpc->fault(context, 500, "out of memory");
  } else if (shown == 0 && name.length > 0) {
    rpc->fault(context, 404, "there is no such program");
  }
}

static void rpc_reload(rpc_t* rpc, void* context) {
  HostText name;
  if (!program_name(rpc, context, &name)) {
    return;
  }
  const int reloaded = kamexec_programs_reload(name);
  if (reloaded < 0) {
    rpc->fault(context, 404, "there is no such program");
  } else if (reloaded == 0 && name.length > 0) {
    rpc->fault(context, 400, "it has no pool in this server");
  } else {
    rpc->add(context, "d", reloaded);
  }
}

rpc_export_t rpc_exports[] = {
    {"exec.stats", rpc_stats, stats_doc, 0},
    {"exec.jobs", rpc_jobs, jobs_doc, RET_ARRAY},
    {"exec.kill", rpc_kill, kill_doc, 0},
    {"exec.programs", rpc_programs, programs_doc, RET_ARRAY},
    {"exec.reload", rpc_reload, reload_doc, 0},
    {0, 0, 0, 0},
};
