# Runs moto_server for as long as its owner lives: standard input is a pipe that the owner holds and
# that closes when the owner ends, kill -9 included. There is nothing to save, so the whole process
# group is killed then; its owner has made this shell the leader of one.
moto_server -H 127.0.0.1 -p 0 &
# From here on only the server holds standard error: when it closes, the server has failed.
exec 2>/dev/null
cat >/dev/null
kill -KILL 0
