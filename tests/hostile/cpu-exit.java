// SPDX-License-Identifier: BSD-2-Clause
// The exit code of a killed process, of its own making.
// status: nonzero_exit
// message: Exited with code 137

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		System.exit(137);
	}
}
