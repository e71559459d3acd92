#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# HTTPS at the gateway, with curl and with jsl-client; a new certificate at SIGHUP;
# and what is said of certificates that cannot be used.
. "$(dirname "$0")/cluster.sh"

command -v openssl >/dev/null || skip "openssl is not installed"

# certificate NAME: NAME.cert and NAME.key, for 127.0.0.1
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=$1" -addext 'subjectAltName=IP:127.0.0.1' \
		-keyout "$dir/$1.key" -out "$dir/$1.cert" 2>"$dir/openssl.log" ||
		fail "openssl: $(cat "$dir/openssl.log")"
}

cluster_init 1
certificate first
certificate second
cp "$dir/first.cert" "$dir/cert"
cp "$dir/first.key" "$dir/key"
sed -i "s|^\(gateway.*\) }|\1 tls-cert = \"$dir/cert\" tls-key = \"$dir/key\" }|" "$conf"
url=https://$http
client=$JSL_BIN/jsl-client
export CURL_CA_BUNDLE=$dir/first.cert

peer_start 1
gateway_start
wait_for "readiness" is_ready
java_program "$dir/A.java" A 'System.out.println("over TLS"); System.exit(3);'
same "status" 400 "$(post "$dir/A.java" "$dir/a")"
grep -q 'over TLS' "$dir/a" || fail "the output is not there: $(cat "$dir/a")"

# jsl-client believes what it is told to believe, and nothing else.
rc=0
"$client" -g "$url" --cacert "$dir/first.cert" run "$dir/A.java" >"$dir/out" 2>"$dir/err" || rc=$?
same "exit code" 3 "$rc"
same "output" "over TLS" "$(cat "$dir/out")"
"$client" -g "$url" --cacert "$dir/first.cert" status >"$dir/out" || fail "status: $(cat "$dir/out")"
for believed in second nowhere; do
	rc=0
	"$client" -g "$url" --cacert "$dir/$believed.cert" status >"$dir/out" 2>"$dir/err" || rc=$?
	same "exit code with $believed" 125 "$rc"
	grep -qi 'certificate' "$dir/err" || fail "no word of the certificate: $(cat "$dir/err")"
done

# HTTP in clear gets nothing.
[ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "http://$http/healthz")" = 000 ] ||
	fail "HTTP in clear was answered"

# Another certificate, without a stop; then one that cannot be used.
serves() {
	CURL_CA_BUNDLE="$dir/$1.cert" curl -s -m 5 -o /dev/null "$url/healthz"
}
cp "$dir/second.cert" "$dir/cert"
cp "$dir/second.key" "$dir/key"
kill -HUP "${pids[gateway]}"
wait_for "the second certificate" serves second
serves first && fail "the first certificate is still served"
: >"$dir/cert"
kill -HUP "${pids[gateway]}"
wait_for "a complaint" grep -q "$dir/cert: " "$dir/log/gateway-100.summary.log"
serves second || fail "the second certificate is gone"

# refused PATTERN: the gateway does not start, and says why in one line.
refused() {
	local rc=0
	timeout 20 "$JSL_BIN/jsl-gateway" --config "$conf" --id "$GATEWAY_ID" \
		--data-dir "$dir/other" >"$dir/stdout" 2>"$dir/stderr" </dev/null || rc=$?
	same "exit code" 1 "$rc"
	same "lines" 1 "$(wc -l <"$dir/stderr")"
	grep -q "$1" "$dir/stderr" || fail "said: $(cat "$dir/stderr")"
}
node_kill gateway TERM
refused "$dir/cert: "
cp "$dir/second.cert" "$dir/cert"
cp "$dir/first.key" "$dir/key"
refused "$dir/key: "
rm "$dir/cert"
refused "$dir/cert: No such file"
sed -i 's| tls-key = [^ ]*||' "$conf"
refused "jsl.conf:[0-9]*: .*both of tls-cert and tls-key"
