# Runs a command and reports its cost: sh -c "$(cat measured.sh)" sh REPORT COMMAND [ARGUMENT]...
#
# The file REPORT gets a line for each new peak of the memory of the command's processes, added up, in kB
# (none without /proc), then the CPU time of this shell and of the command as `times` prints it.

# Prints the descendants of a process.
descendants() {
  for file in /proc/"$1"/task/*/children; do
    children=
    read -r children < "$file" || :
    for child in $children; do
      echo "$child"
      descendants "$child"
    done
  done
}

# Adds every new peak to REPORT. A process that ends meanwhile is left out.
sample() {
  read -r self _ < /proc/self/stat
  page_kb=$(($(getconf PAGESIZE) / 1024))
  peak=0
  while :; do
    sum=0
    for process in $(descendants $$); do
      [ "$process" = "$self" ] && continue
      pages=0
      read -r _ pages _ < "/proc/$process/statm" || continue
      sum=$((sum + pages))
    done
    if [ "$sum" -gt "$peak" ]; then
      peak=$sum
      echo $((peak * page_kb)) >> "$report"
    fi
    sleep 0.05
  done
}

report=$1
shift
sampler=
if [ -e /proc/self/statm ]; then
  sample 2>/dev/null &
  sampler=$!
fi
"$@"
code=$?
times >> "$report"
[ -n "$sampler" ] && kill "$sampler"
exit "$code"
