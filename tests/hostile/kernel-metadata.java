// SPDX-License-Identifier: BSD-2-Clause
// The metadata of a cloud.
// status: security
// message: Denied system call: socket

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		new java.net.URL("http://169.254.169.254/latest/meta-data/").openStream();
	}
}
