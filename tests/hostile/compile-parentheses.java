// SPDX-License-Identifier: BSD-2-Clause
// Nested more deeply than any stack.
// status: compile_error
// message: Code did not compile:

class A { int x = @@1000000:(@@ 1 @@1000000:)@@; }
