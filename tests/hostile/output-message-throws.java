// SPDX-License-Identifier: BSD-2-Clause
// An exception that cannot be printed.
// status: exception
// message: Could not create and run instance of class

public class Main {
	public String run() throws Exception {
		throw new Exception() {
			@Override
			public String getMessage() { throw new IllegalStateException(); }
		};
	}
}
