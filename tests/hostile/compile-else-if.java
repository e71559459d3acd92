// SPDX-License-Identifier: BSD-2-Clause
// 5000 times else if.
// status: compile_error
// message: Code did not compile:

class A { int f(int x) { @@20000:if (x == %d) return %d; else @@ return 0; } }
