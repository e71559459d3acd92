// SPDX-License-Identifier: BSD-2-Clause
// A million files.
// status: disk_limit
// message: Disk limit exceeded: 100 inodes
// limits: inodes=100

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 0; i < 1000000; i++)
			new File("f" + i).createNewFile();
	}
}
