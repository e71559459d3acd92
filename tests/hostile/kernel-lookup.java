// SPDX-License-Identifier: BSD-2-Clause
// A name that may tell somebody something.
// status: security
// message: Denied system call: socket

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		java.net.InetAddress.getByName("secret.example.com");
	}
}
