#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is run and what comes back, row by row: entry points, failures, limits, each as
# text and as JSON. `java_rows.sh --show` prints them.
. "$(dirname "$0")/rows.sh"

# On a busy machine a lease may run out; what is cached stays all the same. Requests lower
# a limit and never raise it.
cluster_init 1 'cache { invalidate-on-leader-change = false }
runner { wall-ms = 20000 cpu-ms = 1000 }'
peer_start 1
gateway_start
wait_for "readiness" is_ready

# Statuses of the program itself: a second request is answered from the cache.
cached_statuses=' ok compile_error exception nonzero_exit output_limit security '

# java CODE STATUS BODY SOURCE [CURL-ARGS...]: text first, then JSON.
java() {
	local code=$1 status=$2 body=$3 source=$4 again=false first id
	shift 4
	printf '%b' "$source" >"$dir/Row.java"
	local -a args=(-H 'Content-Type: text/x-java-source' --data-binary "@$dir/Row.java" "$@")
	[ -z "$SHOW" ] || printf '%s\n' "--- ${source:0:300}"
	row "$code" 'Cached-Response: false|Content-Type: text/plain; charset=utf-8|JSL-Attempts: 1|JSL-Worker: 1|JSL-Epoch~[0-9]+|JSL-Job-Id~[0-9a-f]{32}|Server-Timing~queue;dur=[0-9.]+, compile;dur=[0-9.]+, run;dur=[0-9.]+|!Retry-After' \
		"$body" "${args[@]}" /compileandrun
	first=$(sed 's/[\\"]/./g; 1q' "$answer" | tr -d '\000')
	id=$(header "$answer" JSL-Job-Id)
	[[ $cached_statuses != *" $status "* ]] || again=true
	row "$code" "Cached-Response: $again|Content-Type: application/json|JSL-Attempts: 1" \
		"\"status\":\"$status\".*\"cached\":$again,\"worker\":1,.*\"attempts\":1,.*\"isolation\":\[\"" \
		"${args[@]}" -H 'Accept: application/json' /compileandrun
	[ "$again" = false ] || same "id of the cached answer" "$id" "$(header "$answer" JSL-Job-Id)"
	[ "$code" = 200 ] || grep -q "\"message\":\"${first//[][*^$.]/.}" "$answer" ||
		fail "the message is not '$first': $(cat "$answer")"
}

m='public static void main(String[] a) throws Exception'

# Entry points. 1: main
java 200 ok '=hi' "public class A { $m { System.out.println(\"hi\"); } }"
java 200 ok '=' "public class A { $m { } }"
java 200 ok '=out' "public class A { $m { System.err.print(\"err\"); System.out.print(\"out\"); } }"
java 200 ok '=x' "package p.q; class B { $m { System.out.print(\"x\"); } }"
java 200 ok '=ex' "public class A { $m { System.out.print(\"ex\"); System.exit(0); } }"
java 200 ok '=late' "public class A { $m { Thread m = Thread.currentThread(); new Thread(() -> { try { m.join(); } catch (Exception e) { } System.out.print(\"late\"); }).start(); } }"
java 200 ok '=public' "class A { $m { System.out.print(\"first\"); } } public class B { $m { System.out.print(\"public\"); } }"
java 200 ok '=inherited' "public class C extends D { } class D { $m { System.out.print(\"inherited\"); } }"
java 200 ok '=main' "public class A { $m { System.out.print(\"main\"); } public String run() { return \"run\"; } }"
java 200 ok '=first' "class A { $m { System.out.print(\"first\"); } } class B { $m { System.out.print(\"second\"); } }"
java 200 ok '=i' "interface I { static void main(String[] a) { System.out.print(\"i\"); } }"
java 200 ok '=e' "enum E { X; $m { System.out.print(\"e\"); } }"
java 200 ok '=r' "record R(int x) { $m { System.out.print(\"r\"); } }"
java 200 ok '=daemon' "public class A { $m { Thread t = new Thread(() -> { for (;;) ; }); t.setDaemon(true); t.start(); System.out.print(\"daemon\"); } }"

# 2: String run()
java 200 ok '=Hello world!' 'package edu.yu.cs.fall2019.intro_to_distributed;\npublic class HelloWorld\n{\n    public String run()\n    {\n        return "Hello world!";\n    }\n}\n'
java 200 ok '=null' 'public class A { public String run() { System.out.print("not here"); return null; } }'
java 200 ok '=static' 'public class A { public static String run() { return "static"; } }'
java 200 ok '=Grüße, 世界' 'public class A { public String run() { return "Grüße, 世界"; } }'
java 200 ok '=r' 'public class A { public A() { } public String run() { new Thread(() -> { for (;;) ; }).start(); return "r"; } }'

# 3: void run()
java 200 ok '^System.err:
\[err\]
System.out:
\[out\]$' 'public class A { public void run() { System.out.print("out"); System.err.print("err"); } }'
java 200 ok '^System.err:
\[java.lang.IllegalStateException: bad
	at A.run.*\]
System.out:
\[before\]$' 'public class A { public void run() { System.out.print("before"); throw new IllegalStateException("bad"); } }'
java 200 ok '^System.err:
\[\]
System.out:
\[\]$' 'public class A implements Runnable { public void run() { } }'

# No type
for source in '' ' ' '// nothing' 'garbage' 'package p;' 'import java.util.*;'; do
	java 400 compile_error '^No class name found in code' "$source"
done

# Does not compile
java 400 compile_error '^Code did not compile:
Error on line 2, column 17 in string:///p/q/A.java
.*A.java:2: error: .*
	int x = y;
	        \^' 'package p.q; public class A {\n\tint x = y;\n}'
java 400 compile_error '^Code did not compile:
Error on line 1, column [0-9]+ in string:///B.java
Error on line 2, column [0-9]+ in string:///B.java
' 'class A { int x = y; }\npublic class B { int x = y; }'
java 400 compile_error '^Code did not compile:
Error on line 2, column 28 in string:///A.java
A.java:2: error: ' 'class B { }\npublic class A { void f() {'

java 400 compile_error '^Code did not compile:
Error on line 2, column 21 in string:///A.java
A.java:2: error: this is not valid UTF-8
' 'public class A {\n\tString s = "\0377"; }'

# No usable entry point
no='^Could not create and run instance of class
java.lang.'
java 400 exception "${no}NoSuchMethodException" 'public class A { }'
java 400 exception "${no}NoSuchMethodException" 'public class A { public A(int x) { } public String run() { return ""; } }'
java 400 exception "${no}(IllegalAccess|NoSuchMethod)Exception" 'public class A { private A() { } public String run() { return ""; } }'
java 400 exception "${no}IllegalAccessException" 'public class A { String run() { return ""; } }'
java 400 exception "${no}IllegalAccessException" 'class A { public String run() { return ""; } }'
java 400 exception "${no}InstantiationException" 'public abstract class A { public String run() { return ""; } }'
java 400 exception "${no}IllegalStateException: in ctor
	at A.<init>.*
Caused by: java.lang.RuntimeException: why" 'public class A { public A() { throw new IllegalStateException("in ctor", new RuntimeException("why")); } public String run() { return ""; } }'
java 400 exception "${no}IllegalStateException: in run
	at A.run" 'public class A { public String run() { throw new IllegalStateException("in run"); } }'
java 400 exception "${no}ExceptionInInitializerError" 'public class A { static int x = 1 / 0; public String run() { return ""; } }'

# Another type
java 400 exception '=The return type of the class was int, not java.lang.String' 'public class A { public int run() { return 1; } }'
java 400 exception '=The return type of the class was java.lang.Object, not java.lang.String' 'public class A { public Object run() { return "x"; } }'

# main throws, exits
java 400 exception '^Uncaught exception
Exception in thread "main" java.lang.IllegalStateException: bad
	at A.main\(A.java:1\)
out' "public class A { $m { System.out.print(\"out\"); throw new IllegalStateException(\"bad\"); } }"
java 400 exception '^Uncaught exception
Exception in thread "main" java.lang.ExceptionInInitializerError
Caused by: java.lang.ArithmeticException: / by zero
	at A.<clinit>\(A.java:1\)' "public class A { static int x = 1 / 0; $m { } }"
java 400 exception '^Uncaught exception
.*StackOverflowError' "public class A { static void f() { f(); } $m { f(); } }"
java 400 nonzero_exit '=Exited with code 7
errout' "public class A { $m { System.out.print(\"out\"); System.err.print(\"err\"); System.exit(7); } }"
java 400 nonzero_exit '=Exited with code 255' "public class A { $m { System.exit(-1); } }"
java 400 nonzero_exit '^Exited with code 3' 'public class A { public String run() { System.exit(3); return ""; } }'
java 400 nonzero_exit '^Exited with code 0' 'public class A { public String run() { System.exit(0); return ""; } }'
java 400 nonzero_exit '^Exited with code 0' 'public class A { public void run() { System.exit(0); } }'
# The JVM itself dies: a signal, with the output made before.
java 400 signal '=The JVM died: signal 6 (SIGABRT)
before' "public class A { $m { System.out.print(\"before\"); Class<?> c = Class.forName(\"sun.misc.Unsafe\"); java.lang.reflect.Field f = c.getDeclaredField(\"theUnsafe\"); f.setAccessible(true); c.getMethod(\"putAddress\", long.class, long.class).invoke(f.get(null), 0L, 0L); } }"

# Memory, threads. What the JVM has to say of them is not in what the program wrote.
many="public class A { $m { for (int i = 0; i < 100; i++) { Thread t = new Thread(() -> { try { Thread.sleep(60000); } catch (Exception e) { } }); t.setDaemon(true); t.start(); } } }"
java 400 memory_limit '^Memory limit exceeded: 256 MB
java.lang.OutOfMemoryError' 'public class A { public String run() { return "" + new long[100000000].length; } }'
java 400 memory_limit '^Memory limit exceeded: 64 MB
' "public class A { $m { System.out.print(\"before\"); byte[] b = new byte[100000000]; } }" -H 'JSL-Memory-Mb: 64'
java 400 process_limit '^Process limit exceeded: 40
.*OutOfMemoryError' "$many" -H 'JSL-Processes: 40'
java 200 ok '=refused' "public class A { $m { try { B.main(a); } catch (OutOfMemoryError e) { System.out.print(\"refused\"); } } } ${many/public class A/class B}" -H 'JSL-Processes: 40'

# Limits
java 400 time_limit '^Wall time limit exceeded: 1500 ms
.*before' "public class A { $m { System.out.println(\"before\"); Thread.sleep(60000); } }" -H 'JSL-Wall-Ms: 1500'
java 400 time_limit '^CPU time limit exceeded: 300 ms' "public class A { $m { for (;;) ; } }" -H 'JSL-Cpu-Ms: 300'
java 400 time_limit '^CPU time limit exceeded: 1000 ms' "public class A { $m { for (;;) ; } }" -H 'JSL-Cpu-Ms: 60000'
java 400 output_limit '^Output limit exceeded: 1 KB
.*xxxxx' "public class A { $m { for (;;) System.out.print(\"xxxxxxxx\"); } }" -H 'JSL-Output-Kb: 1'
java 400 output_limit '^Output limit exceeded: 1024 KB' 'public class A { public String run() { return "x".repeat(2000000); } }'
java 400 compile_limit '^Compile wall time limit exceeded: 20 ms' "public class A { $(seq -f 'int x%.0f = 1;' 20000) }" -H 'JSL-Compile-Wall-Ms: 20'

# Several files: the order is that of the parts, whatever the files are called.
form() { # CODE BODY CURL-ARGS...
	local code=$1 body=$2
	shift 2
	row "$code" 'Cached-Response: false|JSL-Attempts: 1' "$body" "$@" /compileandrun
}
form 200 '=b' --form-string "source=class A { }" --form-string "source=class B { $m { System.out.print(\"b\"); } }"
form 200 '=a' --form-string "source=class A { $m { System.out.print(\"a\"); } }" --form-string "source=class B { $m { System.out.print(\"b\"); } }"
form 200 '=p' --form-string "source=package q; class A { $m { System.out.print(\"a\"); } }" --form-string "source=package p; public class A { $m { System.out.print(\"p\"); } }"
form 200 '=q from p' --form-string 'source=package q; public class Q { public static String text() { return "q"; } }' \
	--form-string "source=package p; class P { $m { System.out.print(q.Q.text() + \" from p\"); } }"
form 400 '^Code did not compile:
Error on line 1, column [0-9]+ in string:///A.java
.*duplicate class: A' --form-string 'source=class A { }' --form-string 'source=class A { }'
form 400 '=No class name found in code' -F 'source=' -F 'source=// nothing'
form 200 '=3 ä' --form-string "source=class A { $m { System.out.print(System.in.read() - 48 + \" \" + a[0]); } }" -F stdin=3 -F arg=ä
form 200 '=x1' --form-string 'source=public class A { public String run() throws Exception { return (char)System.in.read() + "1"; } }' -F stdin=x
form 400 '^Wall time limit exceeded: 700 ms' --form-string "source=class A { $m { Thread.sleep(60000); } }" -F "stdin=x" -H 'JSL-Wall-Ms: 700'

# Bytes as written
java 200 ok '' "public class A { $m { System.out.write(255); System.out.write(0); System.out.write(10); System.out.flush(); } }"
grep -qF '"stdout":"�\u0000\n","stdout_base64":"/wAK"' "$answer" || fail "no base64: $(cat "$answer")"

# The same through jsl-client: the program's output is its output, and the exit code.
export JSL_GATEWAY=$url
input=/dev/null
client() { # CODE STDOUT STDERR-REGEX ARGS...: with $input as its standard input
	local code=$1 out=$2 err=$3 rc=0
	shift 3
	rows=$((rows + 1))
	"$JSL_BIN/jsl-client" "$@" >"$dir/client.out" 2>"$dir/client.err" <"$input" || rc=$?
	[ -z "$SHOW" ] || printf 'jsl-client %s\n    -> %s | %s | %s\n' "$*" "$rc" \
		"$(one_line "$dir/client.out")" "$(one_line "$dir/client.err")"
	same "exit code of jsl-client $*" "$code" "$rc"
	[[ $(cat "$dir/client.out") =~ $out ]] || fail "jsl-client $*: printed $(cat "$dir/client.out")"
	[[ $(cat "$dir/client.err") =~ $err ]] || fail "jsl-client $*: said $(cat "$dir/client.err")"
}
program() { printf '%b' "$2" >"$dir/$1.java"; }
program Ok "public class Ok { $m { System.out.print(\"out\"); System.err.print(\"err\"); } }"
program Ret 'public class Ret { public String run() { return "returned"; } }'
program Seven "public class Seven { $m { System.out.print(\"out\"); System.exit(7); } }"
program Throws "public class Throws { $m { throw new IllegalStateException(\"bad\"); } }"
program Syntax 'public class Syntax { int x = y; }'
program Spins "public class Spins { $m { System.out.println(\"before\"); System.out.flush(); for (;;) ; } }"
program Sleeps "public class Sleeps { $m { System.out.println(\"before\"); System.out.flush(); Thread.sleep(60000); } }"
client 0 '^out$' '^err$' run "$dir/Ok.java"
client 0 '^returned$' '^$' run "$dir/Ret.java"
client 7 '^out$' '^$' run "$dir/Seven.java"
client 1 '^$' 'IllegalStateException: bad' run "$dir/Throws.java"
client 126 '^$' 'Syntax.java:1:31: error: cannot find symbol' run "$dir/Syntax.java"
client 124 '^before$' 'CPU time limit exceeded: 1000 ms' run "$dir/Spins.java"
# Several files, arguments, standard input.
program Cat "public class Cat { $m { System.in.transferTo(System.out); System.out.print(String.join(\"|\", a) + Tail.text()); } }"
program Tail 'class Tail { static String text() { return "."; } }'
client 0 '^\.$' '^$' run "$dir/Cat.java" "$dir/Tail.java"
client 0 '^-a\|b\|--\.$' '^$' run "$dir/Cat.java" "$dir/Tail.java" -- -a b --
printf 'in\r\n\n' >"$dir/in"
input=$dir/in
client 0 $'^in\r\n\n\\.$' '^$' run "$dir/Cat.java" "$dir/Tail.java"
client 0 $'^in\r\n\nx\\.$' '^$' run "$dir/Cat.java" "$dir/Tail.java" -- x
input=/dev/null
client 126 '^$' 'cannot find symbol' run "$dir/Cat.java"
client 125 '^$' 'jsl-client: http://127.0.0.1:1: ' -g http://127.0.0.1:1 run "$dir/Ok.java"
client 2 '^$' 'nowhere.java: No such file' run "$dir/nowhere.java"
client 2 '^$' 'frob' --frob status
client 0 '^leader 1, epoch [0-9]+
 *ID  ROLE       ADDRESS
 *1  LEADING    127.0.0.1:[0-9]+
 *100  OBSERVING  127.0.0.1:[0-9]+$' '^$' status
client 0 'switching from LOOKING to OBSERVING' '^$' logs
client 0 'job [0-9a-f]{32}: 400 time_limit' '^$' logs --verbose

# Ctrl-C ends the client, and with it its job; then the gateway, cleanly.
"$JSL_BIN/jsl-client" run "$dir/Sleeps.java" >"$dir/ctrl-c" 2>&1 &
pids[client]=$!
running() { curl -s "$url/metrics" | grep -q "^jsl_flights $1\$"; }
wait_for "the client's job" running 1
node_kill client TERM
wait_for "the end of the client's job" running 0
rc=0
kill -INT "${pids[gateway]}"
wait "${pids[gateway]}" || rc=$?
unset "pids[gateway]"
same "exit status of the gateway after SIGINT" 0 "$rc"
summary java_rows
