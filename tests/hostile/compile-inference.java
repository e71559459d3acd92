// SPDX-License-Identifier: BSD-2-Clause
// Types that are inferred from the inside to the outside and back.
// status: compile_limit
// message: Compile wall time limit exceeded: 1000 ms
// limits: compile_wall_ms=1000

import java.util.*;

class A {
	Object o = @@60:List.of(Map.entry(1, @@ 1 @@60:))@@;
}
