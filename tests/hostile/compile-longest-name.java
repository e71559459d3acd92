// SPDX-License-Identifier: BSD-2-Clause
// A class name that no class file can hold.
// status: compile_error
// message: Code did not compile:

class @@70000:N@@ { }
