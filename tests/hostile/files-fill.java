// SPDX-License-Identifier: BSD-2-Clause
// Fills the disk.
// status: disk_limit
// message: Disk limit exceeded: 2 MB
// limits: disk_mb=2

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 0; ; i++)
			try (OutputStream out = new FileOutputStream("f" + i)) {
				out.write(new byte[100000]);
			}
	}
}
