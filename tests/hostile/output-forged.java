// SPDX-License-Identifier: BSD-2-Clause
// Says in the place of the agent that all went well.
// status: nonzero_exit
// message: Exited with code 9

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		try (OutputStream out = new FileOutputStream("/proc/self/fd/3")) {
			out.write(new byte[] {0, 0, 0, 7, 19, 6, 0, 0, 0, 1, 0});
		}
		System.out.print("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"ok\"}");
		System.exit(9);
	}
}
