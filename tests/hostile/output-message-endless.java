// SPDX-License-Identifier: BSD-2-Clause
// An exception that is printed for ever.
// status: time_limit
// message: CPU time limit exceeded: 500 ms
// limits: cpu_ms=500

public class Main {
	public String run() throws Exception {
		throw new Exception() {
			@Override
			public String getMessage() { while (true); }
		};
	}
}
