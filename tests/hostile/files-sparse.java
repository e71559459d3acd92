// SPDX-License-Identifier: BSD-2-Clause
// A file of 4 GB.
// status: disk_limit
// message: Disk limit exceeded: 16 MB

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		new RandomAccessFile("sparse", "rw").setLength(1L << 32);
	}
}
