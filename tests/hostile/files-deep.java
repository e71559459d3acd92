// SPDX-License-Identifier: BSD-2-Clause
// Directories as deep as they go.
// status: disk_limit
// message: Disk limit exceeded: 500 inodes
// limits: inodes=500

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Path p = Path.of("d");
		while (true)
			p = Files.createDirectories(p.resolve("d"));
	}
}
