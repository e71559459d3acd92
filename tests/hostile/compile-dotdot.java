// SPDX-License-Identifier: BSD-2-Clause
// A class name that is a path.
// status: compile_error
// message: Code did not compile:

class A { }
class ../../etc/passwd { }
