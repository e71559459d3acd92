// SPDX-License-Identifier: BSD-2-Clause
// What is not UTF-8.
// status: compile_error
// message: Code did not compile:

class A { String s = "@@xC0@@@@xAF@@"; }
