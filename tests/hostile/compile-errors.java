// SPDX-License-Identifier: BSD-2-Clause
// 3000 errors on one line.
// status: compile_error
// message: Code did not compile:

class A { int x = @@3000:u%d + @@ 0; }
