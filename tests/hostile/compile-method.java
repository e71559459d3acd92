// SPDX-License-Identifier: BSD-2-Clause
// A method of more than 64 KB.
// status: compile_error
// message: Code did not compile:

class A { void f(int[] a) { @@12000:a[%d] = %d; @@ } }
