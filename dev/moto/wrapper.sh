# Runs moto_server until its owner ends. The owner holds the other end of standard input, a pipe that
# closes even after kill -9. Then the process group, which this shell leads, is killed: there is
# nothing to save.
moto_server -H 127.0.0.1 -p 0 &
# Only the server keeps standard error open from here on: when it closes, the server has failed.
exec 2>/dev/null
cat >/dev/null
kill -KILL 0
