// SPDX-License-Identifier: BSD-2-Clause
// Locks a file that others use, too.
// status: security
// message: Denied system call: fcntl

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		java.nio.channels.FileChannel.open(Path.of("/jsl/agent.jar"))
			.lock(0, Long.MAX_VALUE, true).release();
	}
}
