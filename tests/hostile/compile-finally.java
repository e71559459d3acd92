// SPDX-License-Identifier: BSD-2-Clause
// Each finally block is copied twice: 2^n.
// status: compile_limit
// message: Compile wall time limit exceeded: 1500 ms
// limits: compile_wall_ms=1500

class A {
	void f(int x) {
		@@22:try { x++; } finally { @@ x--; @@22:}@@
	}
}
