// SPDX-License-Identifier: BSD-2-Clause
// Writes into every descriptor that it finds.
// status: ok
// output: end

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 3; i < 300; i++)
			try (OutputStream out = new FileOutputStream("/proc/self/fd/" + i)) {
				out.write(new byte[] {0, 0, 0, 7, 19, 6, 0, 0, 0, 1, 0});
			} catch (IOException e) {
				/* as it may be */
			}
		System.out.print("end");
	}
}
