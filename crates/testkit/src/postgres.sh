# Keeps one throwaway Postgres alive for as long as its standard input stays open, then stops it and removes
# its folder. The kernel closes that input when the owner dies, however it dies: nothing outlives a killed test.
# The first line of that input is the server's password.
#   sh postgres.sh FOLDER OWNER BINARIES PORT FSYNC [PREFIX...]   OWNER: `uid:gid`, or nothing for who runs this
#   PREFIX: words that run a command as that owner
folder=$1 owner=$2 binaries=$3 port=$4 fsync=$5
shift 5
as="$*"
# PIPE too: who is told that the server is ready may be gone by then.
trap : HUP INT PIPE TERM

cd / || exit 1
finish() {
    $as "$binaries/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$folder"
}
run() {
    echo "\$ $*"
    $as "$@" </dev/null
}

read -r password || exit 1
umask 077
# Made new, so that nobody can have prepared it.
mkdir "$folder" || { echo failed; exit 1; }
printf %s "$password" >"$folder/password"
[ -z "$owner" ] || chown "$owner" "$folder" "$folder/password"

set_to() { settings="${settings:-} -c $1=$2"; }
set_to listen_addresses 127.0.0.1
set_to port "$port"
set_to unix_socket_directories "$folder"
set_to fsync "$fsync"
set_to synchronous_commit "$fsync"
set_to full_page_writes "$fsync"
set_to max_connections 400
set_to max_wal_size 4GB
# A zone nobody is in: what leans on the server's local time shows itself.
set_to timezone Asia/Kathmandu

# It speaks TLS to who asks, with a certificate of an authority of its own that tests read from its folder.
certificates() {
    for name in authority server; do
        run openssl req -x509 -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name of a test" \
            -keyout "$folder/data/$name.key" -out "$folder/data/$name.crt" $signed -addext "subjectAltName=IP:127.0.0.1" || return 1
        signed="-CA $folder/data/authority.crt -CAkey $folder/data/authority.key -addext basicConstraints=critical,CA:FALSE"
    done
}
set_to ssl on

{
    run "$binaries/initdb" -D "$folder/data" --no-sync --username=guildhall --pwfile="$folder/password" \
        -A password --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en && certificates &&
    run "$binaries/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 -o "$settings" start
} >"$folder/start.log" 2>&1

if [ $? -ne 0 ]; then
    echo failed
    cat "$folder/start.log" "$folder/log" 2>/dev/null
    finish
    exit 1
fi
echo ready
read -r _
finish
