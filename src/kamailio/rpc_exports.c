/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kamailio/rpc_exports.h"

#include "core/str.h"

#include "kamailio/host_counters.h"
#include "kamailio/module.h"

/* Under the name that RPC commands are documented by. */
static const char* stats_doc[] = {"The counters of the group exec, and limits.", 0};
static const char* jobs_doc[] = {"Asynchronous calls that run or wait, the oldest first.", 0};
static const char* kill_doc[] = {"Ends an asynchronous call by its id (exec.jobs).", 0};

enum { MOST_JOBS = 1000 };

static void rpc_stats(rpc_t* rpc, void* context) {
  void* all;
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

static void add_job(void* context, const KxJobView* job) {
  const JobsReply* reply = context;
  void* one;
  str label = {(char*)job->label, (int)job->label_length};
  if (reply->rpc->add(reply->context, "{", &one) < 0) {
    return;
  }
  reply->rpc->struct_add(one, "jSjjj", "id", job->id, "call", &label, "age_ms", job->age_ms,
                         "timeout_ms", job->timeout_ms, "bytes", job->bytes);
}

static void rpc_jobs(rpc_t* rpc, void* context) {
  JobsReply reply = {rpc, context};
  if (kx_jobs(MOST_JOBS, add_job, &reply) < 0) {
    rpc->fault(context, 500, "short of memory");
  }
}

static void rpc_kill(rpc_t* rpc, void* context) {
  int id = 0;
  if (rpc->scan(context, "d", &id) < 1 || id <= 0) {
    rpc->fault(context, 400, "give the id of a call, as exec.jobs shows it");
    return;
  }
  if (kx_job_kill((unsigned long)id) < 0) {
    rpc->fault(context, 404, "there is no such call");
  }
}

rpc_export_t rpc_exports[] = {
    {"exec.stats", rpc_stats, stats_doc, 0},
    {"exec.jobs", rpc_jobs, jobs_doc, RET_ARRAY},
    {"exec.kill", rpc_kill, kill_doc, 0},
    {0, 0, 0, 0},
};
