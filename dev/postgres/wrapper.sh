# Runs Postgres until its owner ends. The owner holds the other end of standard input, a pipe that
# closes even after kill -9. Then Postgres is stopped and a temporary directory is removed.
#
#   sh wrapper.sh <keep|remove> <directory> <directory of the binaries> <port> [postgres options…]
keep=$1 dir=$2 bin=$3 port=$4
shift 4
trap '' INT TERM HUP
exec 3<&0 </dev/null
umask 077
mkdir -p "$dir" || exit 1

finish() {
  [ "$1" = 0 ] || tail -n 20 "$dir/postgres.log"
  [ "$keep" = keep ] || rm -rf "$dir"
  exit "$1"
}

if [ ! -e "$dir/data/PG_VERSION" ]; then
  "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >>"$dir/postgres.log" 2>&1 3<&- || finish 1
fi

"$bin/postgres" -D "$dir/data" -p "$port" "$@" >>"$dir/postgres.log" 2>&1 3<&- &
postgres=$!
# Reads what the postmaster says about itself, as `pg_ctl -w` does. A file that a crash left behind might
# say "ready", too, but of another port.
ready() {
  line=0
  while read -r text; do
    line=$((line + 1))
    [ $line != 4 ] || [ "$text" = "$port" ] || return 1
    [ $line != 8 ] || [ "$text" != ready ] || return 0
  done <"$dir/data/postmaster.pid"
  return 1
}
(
  until ready; do
    kill -0 $postgres || exit
    sleep 0.02
  done 2>/dev/null
  echo "ready $postgres"
) 3<&- &
(
  cat <&3 >/dev/null
  # Repeated, because a Postgres that is still starting ignores the signal; then SIGQUIT.
  tries=0
  while kill -INT $postgres && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -QUIT $postgres
) >/dev/null 2>&1 &
exec 3<&-
wait $postgres
finish $?
