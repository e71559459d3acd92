// SPDX-License-Identifier: BSD-2-Clause
// A frame of 4 GB.
// status: ok
// output: end

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		try (OutputStream out = new FileOutputStream("/proc/self/fd/3")) {
			out.write(new byte[] {-1, -1, -1, -1, 19});
		}
		System.out.print("end");
	}
}
