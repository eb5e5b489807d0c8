#!/usr/bin/env bash
# A PostgreSQL server of one's own, on loopback: postgresql_server.sh start FOLDER | stop FOLDER.
# start prints its port; user `tester`, password `secret word`, database `tests`. The server refuses to run as root, so
# root becomes the user postgres, whom Debian's package makes. Exits 77 where PostgreSQL is not installed.
set -euo pipefail
folder=$2
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$programs" ] || exit 77
as=()
if [ "$(id -u)" = 0 ]; then
  getent passwd postgres >/dev/null || exit 77
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups env -u PGPASSWORD HOME="$folder")
fi
cd /
case $1 in
  start)
    mkdir -p "$folder"
    printf 'secret word' >"$folder/password"
    [ ${#as[@]} = 0 ] || chown -R postgres:postgres "$folder"
    "${as[@]}" "$programs/initdb" -D "$folder/data" -U tester --auth=scram-sha-256 --pwfile="$folder/password" \
      --encoding=UTF8 --no-locale --no-sync >"$folder/log.init" 2>&1 || { cat "$folder/log.init" >&2; exit 1; }
    for attempt in 1 2 3 4 5; do
      port=$((20000 + (RANDOM + $$ + attempt) % 20000))
      if "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 \
        -o "-p $port -k $folder -h 127.0.0.1 -F" start >/dev/null 2>&1; then
        PGPASSWORD='secret word' "$programs/createdb" -h 127.0.0.1 -p "$port" -U tester tests
        echo "$port"
        exit
      fi
    done
    cat "$folder/log" >&2
    exit 1
    ;;
  stop) "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null ;;
esac
