// SPDX-License-Identifier: GPL-2.0-or-later
// The table itself: long as the programs are many, one idea all the same. Programs that only read
// data are in it where options of theirs take a value.
#include "command/known_programs.h"

#include <algorithm>
#include <array>

namespace kamexec::command {
namespace {

constexpr std::string_view kForShell = "pass it after the text: sh -c 'lookup \"$$1\"' sh VALUE";
constexpr std::string_view kForRemote =
    "send it on the standard input of a program there, not as an argument";
constexpr std::string_view kForSql =
    "pass it to a program that binds it as a parameter, or use {s.int} for a number";
constexpr std::string_view kForScript =
    "pass it as an argument after the text, or in the environment";

constexpr auto kPrograms = std::to_array<KnownProgram>({
    // Shells.
    {.names = "sh bash dash ash ksh ksh93 mksh lksh pdksh zsh yash posh rbash hush",
     .operands = "sd",
     .operands_with_code = "cd",
     .first_code = "-c",
     .programs = "--rcfile --init-file",
     .values = "-o +o -O +O",
     .input_operands = 0,
     .input_options = "-s -i",
     .is_shell = true,
     .reads = ".profile .bashrc .bash_profile .bash_login .mkshrc .zshrc .zshenv .zprofile",
     .remedy = kForShell},
    {.names = "csh tcsh",
     .operands = "sd",
     .operands_with_code = "cd",
     .first_code = "-c",
     .input_operands = 0,
     .input_options = "-s -i",
     .remedy = kForShell},
    {.names = "fish",
     .operands = "sd",
     .code = "-c --command -C --init-command",
     .operands_with_code = "d",
     .input_operands = 0,
     .options_run = true,
     .remedy = kForShell},
    {.names = "eval", .operands = "j", .is_shell = true, .remedy = "avoid eval"},
    {.names = "trap", .operands = "cd", .is_shell = true, .remedy = "write the trap as fixed text"},
    {.names = "alias", .operands = "c", .remedy = "write a function, which takes it as \"$$1\""},
    {.names = ". source", .operands = "sd", .remedy = "write the file's name into the text"},
    {.names = "compgen complete compopt",
     .operands = "d",
     .code = "-W -C -F -P -S -X -A",
     .operands_with_code = "d",
     .options_run = true,
     .remedy = "avoid it"},
    {.names = "enable",
     .operands = "d",
     .programs = "-f",
     .options_run = true,
     .remedy = "write it as fixed text"},
    {.names = "hash", .operands = "d", .programs = "-p", .remedy = "write it as fixed text"},
    {.names = "mapfile readarray",
     .operands = "d",
     .code = "-C",
     .values = "-d -n -O -s -u -c",
     .remedy = "write it as fixed text"},
    {.names = "su",
     .operands = "usd",
     .code = "-c --command --session-command",
     .operands_with_code = "ud",
     .programs = "-s --shell",
     .values = "-g --group -G --supp-group -u --user -w --whitelist-environment",
     .input_operands = 1,
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = "pass it after the text: su USER -s /bin/sh -c 'lookup \"$$1\"' -- sh VALUE"},
    {.names = "runuser",
     .operands = "w",
     .code = "-c --command --session-command",
     .operands_with_code = "ud",
     .programs = "-s --shell",
     .values = "-g --group -G --supp-group -u --user -w --whitelist-environment",
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = "pass it after a program's fixed name: runuser -u USER -- lookup VALUE"},
    {.names = "sg",
     .operands = "dc",
     .code = "-c",
     .operands_with_code = "d",
     .options_anywhere = true,
     .is_shell = true,
     .remedy = "put the command into a file of its own"},
    {.names = "capsh", .operands = "j", .is_shell = true, .remedy = "use setpriv"},
    {.names = "run-parts",
     .operands = "s",
     .values = "-a --arg -u --umask --regex",
     .options_run = true,
     .remedy = "write the directory's name into the text"},
    {.names = "flock",
     .operands = "dr",
     .code = "-c --command",
     .operands_with_code = "d",
     .values = "-w --timeout -E --conflict-exit-code",
     .is_shell = true,
     .remedy = "write the program and its arguments as words: flock FILE lookup VALUE"},
    {.names = "script scriptlive",
     .operands = "d",
     .code = "-c --command",
     .operands_with_code = "d",
     .values = "-I --log-in -O --log-out -B --log-io -T --log-timing -m --logging-format -o -E",
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = "put the command into a file of its own"},
    {.names = "ssh rsh slogin autossh mosh dbclient remsh",
     .operands = "uj",
     .code = "-o",
     .operands_with_code = "uj",
     .programs = "-F -I",
     .values = "-B -b -c -D -E -e -i -J -L -l -M -m -O -p -Q -R -S -W -w",
     .input_operands = 1,
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = kForRemote},
    {.names = "watch",
     .operands = "j",
     .values = "-n --interval",
     .is_shell = true,
     .remedy = "put the command into a file of its own"},
    {.names = "parallel sem",
     .operands = "j",
     .values = "-j --jobs -a --arg-file -N -n -S --sshlogin",
     .input_operands = 1000,
     .options_run = true,
     .remedy = "use xargs -0, with the value as an argument"},
    // Commands that run the one behind their own arguments.
    {.names = "env",
     .operands = "a",
     .code = "-S --split-string",
     .programs = "-C --chdir",
     .values = "-u --unset -a --argv0",
     .is_shell = true,
     .remedy = "write the program's name into the text, before the value"},
    {.names = "sudo",
     .operands = "a",
     .programs = "-D --chdir -R --chroot",
     .values = "-u --user -g --group -C --close-from -h --host -p --prompt -r --role -T "
               "--command-timeout -t --type -U --other-user",
     .input_options = "-s -i --shell --login",
     .options_run = true,
     .remedy = "write the program's name into the text, before the value"},
    {.names = "doas",
     .operands = "r",
     .programs = "-C",
     .values = "-u",
     .input_options = "-s",
     .options_run = true,
     .remedy = "write the program's name into the text"},
    {.names = "nohup setsid time command builtin noglob nocorrect eatmydata fakeroot unbuffer "
              "torsocks proxychains proxychains4 tsocks catchsegv sshpass gosu su-exec pkexec "
              "dbus-launch busybox toybox rlwrap linux32 linux64 i386 x86_64",
     .operands = "r",
     .values = "-f -o -p -d -P -u --user --format --output",
     .remedy = "write the program's name into the text"},
    {.names = "exec",
     .operands = "r",
     .values = "-a",
     .remedy = "write the program's name into the text"},
    {.names = "coproc", .operands = "r", .remedy = "write the program's name into the text"},
    {.names = "nice",
     .operands = "r",
     .values = "-n --adjustment",
     .remedy = "write the program's name into the text"},
    {.names = "ionice",
     .operands = "r",
     .values = "-c --class -n --classdata -p --pid -P --pgid -u --uid",
     .remedy = "write the program's name into the text"},
    {.names = "stdbuf",
     .operands = "r",
     .values = "-i -o -e --input --output --error",
     .remedy = "write the program's name into the text"},
    {.names = "timeout",
     .operands = "dr",
     .values = "-k --kill-after -s --signal",
     .remedy = "write the program's name into the text"},
    {.names = "taskset", .operands = "dr", .remedy = "write the program's name into the text"},
    {.names = "chrt",
     .operands = "dr",
     .values = "-T --sched-runtime -P --sched-period -D --sched-deadline",
     .remedy = "write the program's name into the text"},
    {.names = "prlimit",
     .operands = "r",
     .values = "-p --pid -o --output",
     .remedy = "write the program's name into the text"},
    {.names = "setpriv",
     .operands = "r",
     .values = "--ambient-caps --inh-caps --bounding-set --ruid --euid --rgid --egid --reuid "
               "--regid --groups --securebits --pdeathsig --selinux-label --apparmor-profile",
     .remedy = "write the program's name into the text"},
    {.names = "unshare nsenter",
     .operands = "r",
     .values = "-S --setuid -G --setgid -R --root -w --wd --propagation --setgroups --map-user "
               "--map-group -t --target",
     .remedy = "write the program's name into the text"},
    {.names = "chroot",
     .operands = "sr",
     .values = "--userspec --groups",
     .remedy = "write both names into the text"},
    {.names = "setarch", .operands = "dr", .remedy = "write the program's name into the text"},
    {.names = "runcon",
     .operands = "dr",
     .values = "-t -u -r -l",
     .remedy = "write the program's name into the text"},
    {.names = "strace ltrace",
     .operands = "r",
     .values = "-e -o -p -s -u -E -a -b -I -O -S -X -P -n",
     .options_run = true,
     .remedy = "write the program's name into the text"},
    {.names = "chpst softlimit setuidgid envuidgid envdir choom uclampset numactl cgexec faketime "
              "firejail proot valgrind perf docker podman nerdctl kubectl oc lxc lxc-attach "
              "lxc-execute systemd-run systemd-nspawn systemd-cat systemd-inhibit "
              "start-stop-daemon daemon daemonize dbus-run-session machinectl bwrap",
     .operands = "w",
     .options_run = true,
     .remedy = "pass it as an argument after a program's fixed name"},
    {.names = "ip", .operands = "w", .remedy = "write the program's name into the text"},
    {.names = "tmux screen",
     .operands = "c",
     .options_run = true,
     .remedy = "pass it as an argument after a program's fixed name"},
    {.names = "xargs",
     .operands = "x",
     .values = "-a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs -s --max-chars "
               "--process-slot-var",
     .remedy = "write the program's name and its text as fixed words: xargs -0 lookup --"},
    {.names = "find",
     .operands = "f",
     .remedy = "pass it after the text: "
               "-exec sh -c 'lookup \"$$1\" \"$$2\"' sh VALUE {} \\;"},
    // Languages.
    {.names = "awk gawk mawk nawk original-awk",
     .operands = "cd",
     .code = "-e --source",
     .operands_with_code = "d",
     .programs = "-f --file -l --load -i --include -E --exec",
     .values = "-F --field-separator -v --assign",
     .options_run = true,
     .runs = "system( | getline @",
     .remedy = "pass it as a variable: awk -v u=VALUE '... u ...', with no system() on it"},
    {.names = "sed gsed ssed",
     .operands = "cd",
     .code = "-e --expression",
     .operands_with_code = "d",
     .programs = "-f --file",
     .values = "-l --line-length",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "use awk -v u=VALUE '... u ...': sed's own commands run programs (e, w)"},
    {.names = "perl",
     .operands = "sd",
     .code = "-e -E -M -m -F -V -d -D",
     .operands_with_code = "d",
     .programs = "-I",
     .input_operands = 0,
     .options_run = true,
     .runs = "system exec eval ` qx popen require /ee",
     .remedy = "pass it as an argument: perl -e '... $$ARGV[0] ...' -- VALUE"},
    {.names = "python pypy python-config ipython",
     .operands = "sd",
     .code = "-c",
     .operands_with_code = "d",
     .programs = "-m",
     .values = "-W -X --check-hash-based-pycs",
     .input_operands = 0,
     .options_run = true,
     .code_ends_options = true,
     .runs = "system( exec( eval( popen( subprocess compile( __import__ execv execl spawnv spawnl "
             "run_path run_module import_module",
     .remedy = "pass it as an argument: python3 -c '... sys.argv[1] ...' VALUE"},
    {.names = "ruby jruby irb",
     .operands = "sd",
     .code = "-e",
     .operands_with_code = "d",
     .programs = "-r -I -C -x",
     .values = "-E",
     .input_operands = 0,
     .options_run = true,
     .runs = "system exec eval ` %x open popen spawn send",
     .remedy = "pass it as an argument: ruby -e '... ARGV[0] ...' -- VALUE"},
    {.names = "lua luajit",
     .operands = "sd",
     .code = "-e",
     .operands_with_code = "d",
     .programs = "-l",
     .input_operands = 0,
     .options_run = true,
     .runs = "execute load popen dofile require",
     .remedy = kForScript},
    {.names = "node nodejs deno bun qjs",
     .operands = "sd",
     .code = "-e --eval -p --print -pe",
     .operands_with_code = "d",
     .programs = "-r --require --import --loader --experimental-loader -C",
     .input_operands = 0,
     .options_run = true,
     .runs = "exec eval Function spawn require( import(",
     .remedy = "pass it as an argument: node -e '... process.argv[1] ...' -- VALUE"},
    {.names = "php php-cgi phpdbg",
     .operands = "sd",
     .code = "-r --run -B --process-begin -R --process-code -E --process-end -d --define",
     .operands_with_code = "d",
     .programs = "-f --file -F --process-file -c --php-ini -z --zend-extension",
     .values = "-S --server -t --docroot",
     .input_operands = 0,
     .options_run = true,
     .runs = "system exec eval ` assert passthru popen proc_open include require",
     .remedy = "pass it as an argument: php -r '... $$argv[1] ...' -- VALUE"},
    {.names = "tclsh wish jimsh", .operands = "sd", .input_operands = 0, .remedy = kForScript},
    {.names = "expect",
     .operands = "sd",
     .code = "-c",
     .operands_with_code = "d",
     .programs = "-f -b",
     .input_operands = 0,
     .options_run = true,
     .remedy = kForScript},
    {.names =
         "R Rscript guile scheme csi sbcl clisp ecl erl escript elixir ghci runghc ocaml swipl "
         "julia octave groovy scala jshell osascript racket janet gforth",
     .operands = "sd",
     .code = "-e --eval -eval -g --expr -c -x -r -s",
     .operands_with_code = "d",
     .programs = "-l --load -f --file",
     .input_operands = 0,
     .options_run = true,
     .remedy = kForScript},
    {.names = "java javaw",
     .operands = "sd",
     .programs = "-cp -classpath --class-path -jar -p --module-path -m --module",
     .options_run = true,
     .remedy = kForScript},
    {.names = "jq yq gojq jaq",
     .operands = "cd",
     .programs = "-f --from-file -L",
     .values = "--indent --tab",
     .pairs = "--arg --argjson --slurpfile --rawfile",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "pass it as a variable: jq --arg u VALUE '... $$u ...'"},
    {.names = "bc",
     .operands = "s",
     .code = "-e --expression",
     .programs = "-f --file",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = "use {s.int}, or calculate with the server's own operators"},
    {.names = "dc",
     .operands = "s",
     .code = "-e --expression",
     .programs = "-f --file",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = "use {s.int}, or calculate with the server's own operators"},
    {.names = "m4",
     .operands = "s",
     .code = "-D --define",
     .programs = "-I --include",
     .input_operands = 0,
     .options_anywhere = true,
     .options_run = true,
     .remedy = kForScript},
    {.names = "make gmake bmake ninja",
     .operands = "c",
     .code = "--eval -E",
     .operands_with_code = "c",
     .programs = "-f --file --makefile -C --directory -I --include-dir",
     .values = "-j -l -o -W",
     .options_anywhere = true,
     .options_run = true,
     .reads = "Makefile makefile GNUmakefile build.ninja",
     .environment_is_code = true,
     .remedy = "write it into a file that a recipe's program reads as data"},
    // Databases: their shells run programs (\!, .shell, system).
    {.names = "mysql mariadb mysqlsh",
     .code = "-e --execute --init-command",
     .operands_with_code = "d",
     .programs =
         "--defaults-file --defaults-extra-file --plugin-dir --pager --default-auth -f --file",
     .values = "-h --host -u --user -P --port -S --socket -D --database",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = kForSql},
    {.names = "psql",
     .code = "-c --command",
     .operands_with_code = "d",
     .programs = "-f --file",
     .values = "-d --dbname -h --host -p --port -U --username -v --set --variable -o --output -F "
               "--field-separator -P --pset -R --record-separator -T --table-attr -L --log-file",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = "send fixed SQL on its standard input, with the value as a variable: "
               "echo \"select :'u'\" | psql -v u=VALUE"},
    {.names = "sqlite sqlite3 duckdb",
     .operands = "dc",
     .code = "-cmd --cmd -c -s",
     .operands_with_code = "dc",
     .programs = "-init --init",
     .values = "-separator -newline -nullvalue -mmap -heap -maxsize -vfs -escape",
     .pairs = "-lookaside -pagecache",
     .input_operands = 1,
     .options_anywhere = true,
     .options_run = true,
     .remedy = kForSql},
    {.names =
         "mongo mongosh isql sqlcmd osql tsql clickhouse clickhouse-client cqlsh influx sqlplus "
         "db2 bteq beeline presto trino ldapmodify redis-cli",
     .operands = "d",
     .code = "--eval -Q -q --query -e --execute -execute",
     .operands_with_code = "d",
     .programs = "-i -f --file --shell",
     .values = "-h --host -u --user -p --port -U -S -P -n -a -d",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = kForSql},
    {.names = "asterisk rasterisk fs_cli",
     .code = "-x",
     .operands_with_code = "d",
     .values = "-H -P -p -C -s",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = "use {s.int} for a number, or use the program's own API"},
    // Editors and pagers.
    {.names = "vim vi view ex nvim gvim rvim vimdiff elvis nvi",
     .code = "-c --cmd",
     .operands_with_code = "d",
     .programs = "-S -u -U -i",
     .values = "-T -w -W -t",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .plus_is_code = true,
     .remedy = "use awk -v u=VALUE '... u ...'"},
    {.names = "ed red",
     .operands = "s",
     .values = "-p",
     .input_operands = 1000,
     .options_run = true,
     .remedy = "use awk -v u=VALUE '... u ...'"},
    {.names = "emacs emacsclient",
     .code = "--eval -eval --execute -execute -e",
     .operands_with_code = "d",
     .programs = "-l --load -f --funcall --script -script",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "use awk -v u=VALUE '... u ...'"},
    {.names = "less more man most",
     .options_anywhere = true,
     .options_run = true,
     .plus_is_code = true,
     .remedy = "use cat, with -- before the value"},
    {.names = "gdb lldb",
     .code = "-ex --eval-command -iex -o",
     .programs = "-x --command",
     .input_operands = 1000,
     .options_run = true,
     .remedy = kForScript},
    // Jobs for later.
    {.names = "at batch",
     .programs = "-f",
     .values = "-q -t",
     .input_operands = 1000,
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put the value into a file that the job's program reads as data"},
    {.names = "crontab",
     .operands = "s",
     .values = "-u",
     .input_operands = 1,
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put the value into a file that the job's program reads as data"},
    // Programs with options that run others.
    {.names = "tar bsdtar gtar",
     .code = "--to-command --checkpoint-action --info-script --new-volume-script --rsh-command "
             "--rmt-command -F",
     .programs = "--use-compress-program -I",
     .values = "-f --file -C --directory -T --files-from -X --exclude-from -b -H -K -N -V -g -L",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "zip",
     .code = "-TT --unzip-command",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "sort gsort",
     .programs = "--compress-program",
     .values =
         "-k --key -t --field-separator -o --output -S --buffer-size -T --batch-size --parallel",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "split",
     .code = "--filter",
     .values = "-a -b -C -l -n -t",
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = "put -- before it"},
    {.names = "git hg svn",
     .code = "-c --config --upload-pack --receive-pack --exec --config-env --config-option",
     .programs = "-C --exec-path",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "rsync",
     .code = "-e --rsh --rsync-path",
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = "put -- before it"},
    {.names = "scp sftp",
     .code = "-o",
     .programs = "-S -F -b -D",
     .values = "-c -i -J -l -P -s -B -R",
     .input_operands = 1000,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "wget",
     .code = "-e --execute",
     .programs = "--use-askpass --config",
     .values = "-O --output-document -o --output-file -P -t -T -U --header --post-data --post-file",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "tcpdump dumpcap tshark",
     .code = "-X",
     .programs = "-z",
     .values = "-i -r -w -c -C -G -s -W -F -Y -f",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "sendmail exim exim4",
     .code = "-be -bem",
     .programs = "-C -D -X",
     .values = "-f -F -r -N -R -V",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "mail mailx bsd-mailx s-nail nail heirloom-mailx mutt",
     .code = "-S -e -X",
     .programs = "-F",
     .values = "-s -r -a -b -c -q -u -A -H -i",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put -- before it"},
    {.names = "nc ncat netcat",
     .code = "-e --exec -c --sh-exec --lua-exec",
     .values = "-p -s -w -q -i -I -O -T -x -X -m",
     .options_anywhere = true,
     .options_run = true,
     .is_shell = true,
     .remedy = "put -- before it"},
    {.names = "socat",
     .operands = "b",
     .options_run = true,
     .remedy = "begin the address with fixed text: UDP:VALUE:PORT"},
    {.names = "gcc g++ cc c++ cpp clang clang++",
     .programs = "-wrapper -B -specs -fplugin",
     .options_anywhere = true,
     .options_run = true,
     .remedy = "put ./ before it"},
    // Programs that read data, and take a value behind an option.
    {.names = "logger", .values = "-t -p -f -n -P -u -S -T"},
    {.names = "grep egrep fgrep zgrep rg",
     .values = "-e --regexp -f --file -A --after-context -B --before-context -C --context -m "
               "--max-count --label -d --directories -D --devices --include --exclude "
               "--exclude-dir --exclude-from"},
    {.names = "curl",
     .values = "-A --user-agent -b --cookie -c --cookie-jar -d --data --data-raw --data-binary "
               "--data-ascii --data-urlencode -e --referer -F --form --form-string -H --header -m "
               "--max-time --connect-timeout -o --output -r --range -u --user -x --proxy -X "
               "--request --url -T --upload-file -w --write-out --retry --cacert --resolve"},
    {.names = "head tail", .values = "-n --lines -c --bytes"},
    {.names = "cut",
     .values = "-b --bytes -c --characters -d --delimiter -f --fields --output-delimiter"},
    {.names = "date", .values = "-d --date -f --file -r --reference -s --set"},
});

constexpr std::string_view kDecisive =
    "PATH IFS ENV BASH_ENV HOME PS0 PS1 PS2 PS4 SHELLOPTS BASHOPTS CDPATH SHELL EDITOR VISUAL "
    "PAGER PROMPT_COMMAND "
    "PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONWARNINGS PYTHONINSPECT PERL5LIB PERLLIB PERL5OPT "
    "PERL5DB RUBYOPT RUBYLIB NODE_OPTIONS NODE_PATH LUA_PATH LUA_CPATH LUA_INIT LUA_INIT_5_3 "
    "LUA_INIT_5_4 PHPRC PHP_INI_SCAN_DIR CLASSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS "
    "JDK_JAVA_OPTIONS "
    "GCONV_PATH LOCPATH NLSPATH HOSTALIASES LESSOPEN LESSCLOSE MANPAGER GIT_SSH GIT_SSH_COMMAND "
    "GIT_EXTERNAL_DIFF GIT_PAGER GIT_EDITOR GIT_ASKPASS GIT_PROXY_COMMAND GIT_EXEC_PATH "
    "GIT_CONFIG_GLOBAL SSH_ASKPASS SUDO_ASKPASS RSYNC_RSH TAR_OPTIONS MAKEFLAGS MFLAGS MAKEFILES "
    "AWKPATH AWKLIBPATH VIMINIT EXINIT GVIMINIT BASH_LOADABLES_PATH MAILRC PSQLRC PSQL_PAGER "
    "MYSQL_HOME LIBMYSQL_PLUGINS TCLLIBPATH R_PROFILE GREP_OPTIONS "
    "ZDOTDIR FPATH MODULE_PATH XARGS_OPTIONS PARALLEL BROWSER FCEDIT OPENSSL_CONF";

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

struct Name {
  std::string_view name;
  std::size_t program = 0;  ///< index in kPrograms
};

constexpr std::size_t count_names() {
  std::size_t count = kPrograms.size();
  for (const KnownProgram& known : kPrograms) {
    count += static_cast<std::size_t>(std::count(known.names.begin(), known.names.end(), ' '));
  }
  return count;
}

/// All names, sorted: texts of thousands of commands look each of them up.
constexpr auto kNames = [] {
  std::array<Name, count_names()> names;
  std::size_t count = 0;
  for (std::size_t program = 0; program < kPrograms.size(); ++program) {
    std::string_view rest = kPrograms[program].names;
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.find(' '), rest.size());
      names[count++] = {rest.substr(0, size), program};
      rest.remove_prefix(std::min(size + 1, rest.size()));
    }
  }
  std::sort(names.begin(), names.end(), [](const Name& one, const Name& other) {
    return one.name != other.name ? one.name < other.name : one.program < other.program;
  });
  return names;
}();

/// The first program of that name in the table; none: kPrograms.size().
std::size_t find_name(std::string_view name) {
  const auto* const at =
      std::lower_bound(kNames.begin(), kNames.end(), name,
                       [](const Name& one, std::string_view wanted) { return one.name < wanted; });
  return at == kNames.end() || at->name != name ? kPrograms.size() : at->program;
}

}  // namespace

bool lists(std::string_view list, std::string_view word) {
  if (word.empty()) {
    return false;
  }
  for (std::size_t at = list.find(word); at != list.npos; at = list.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) {
      return true;
    }
  }
  return false;
}

const KnownProgram* known_program(std::string_view program, const AddedPrograms* added) {
  const std::string_view name = base_name(program);
  if (name.empty() || name.find(' ') != name.npos) {
    return nullptr;
  }
  const std::string_view unversioned =
      name == "." ? name : name.substr(0, name.find_last_not_of("0123456789.-") + 1);
  if (added != nullptr) {
    const auto own =
        std::find_if(added->all().begin(), added->all().end(), [&](const KnownProgram& one) {
          return lists(one.names, name) || lists(one.names, unversioned);
        });
    if (own != added->all().end()) {
      return &*own;
    }
  }
  const std::size_t known = std::min(find_name(name), find_name(unversioned));
  return known == kPrograms.size() ? nullptr : &kPrograms[known];
}

bool is_decisive(std::string_view variable) {
  return lists(kDecisive, variable) || variable.starts_with("LD_") ||
         variable.starts_with("DYLD_") || variable.starts_with("BASH_FUNC_");
}

}  // namespace kamexec::command
