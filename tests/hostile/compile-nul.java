// SPDX-License-Identifier: BSD-2-Clause
// NUL bytes.
// status: compile_error
// message: Code did not compile:

class A { @@x00@@ int x; }
