// SPDX-License-Identifier: BSD-2-Clause
// A type that contains itself six times.
// status: compile_limit
// message: Compile wall time limit exceeded: 1000 ms
// limits: compile_wall_ms=1000

class P<A, B, C, D, E, F> {
	class Y extends P<Y, Y, Y, Y, Y, Y> {
		Y.Y.Y.Y.Y.Y.Y.Y.Y.Y y;
	}
}
