// SPDX-License-Identifier: BSD-2-Clause
// UTF-16.
// status: compile_error
// message: Code did not compile:

@@xFF@@@@xFE@@c@@x00@@l@@x00@@a@@x00@@s@@x00@@s@@x00@@