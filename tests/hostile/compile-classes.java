// SPDX-License-Identifier: BSD-2-Clause
// 200000 classes.
// status: compile_limit
// message: Compile wall time limit exceeded: 2000 ms
// limits: compile_wall_ms=2000

@@200000:class C%d { }
@@