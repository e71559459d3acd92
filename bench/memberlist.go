// SPDX-License-Identifier: BSD-2-Clause

// Members of a memberlist cluster, for members.py to start, kill and pause: the
// defaults for a LAN, on loopback. It prints the lines of bench/node:
//
//	US ID joined|failed OTHER
//
// memberlist says "leave" of who failed and of who left; nobody leaves here.
//
//	memberlist PORT N FIRST LAST
//
// Members FIRST to LAST of the cluster 1 to N, member I at 127.0.0.1, port PORT + I.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/hashicorp/memberlist"
)

const clockBoottime = 7

func nowUs() int64 {
	var ts syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockBoottime,
		uintptr(unsafe.Pointer(&ts)), 0)
	return ts.Sec*1000000 + ts.Nsec/1000
}

type printer struct {
	mutex sync.Mutex
	name  string
}

func (p *printer) say(what, other string) {
	if other == p.name {
		return
	}
	us := nowUs()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Printf("%d %s %s %s\n", us, p.name, what, other)
}

func (p *printer) NotifyJoin(n *memberlist.Node)   { p.say("joined", n.Name) }
func (p *printer) NotifyLeave(n *memberlist.Node)  { p.say("failed", n.Name) }
func (p *printer) NotifyUpdate(n *memberlist.Node) {}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		fmt.Fprintln(os.Stderr, "usage: memberlist PORT N FIRST LAST")
		os.Exit(2)
	}
	return n
}

func create(port, id int) *memberlist.Memberlist {
	config := memberlist.DefaultLANConfig()
	config.Name = strconv.Itoa(id)
	config.BindAddr, config.AdvertiseAddr = "127.0.0.1", "127.0.0.1"
	config.BindPort, config.AdvertisePort = port+id, port+id
	config.Events = &printer{name: config.Name}
	config.LogOutput = io.Discard
	list, err := memberlist.Create(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return list
}

// Through a few others, as a configuration would have it.
func join(list *memberlist.Memberlist, port, n, id int) {
	var seeds []string
	for i := 1; i <= n && len(seeds) < 5; i++ {
		if i != id {
			seeds = append(seeds, fmt.Sprintf("127.0.0.1:%d", port+i))
		}
	}
	for {
		if joined, _ := list.Join(seeds); joined > 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func main() {
	if len(os.Args) != 5 {
		number("")
	}
	port, n := number(os.Args[1]), number(os.Args[2])
	for id := number(os.Args[3]); id <= number(os.Args[4]); id++ {
		go join(create(port, id), port, n, id)
	}
	select {}
}
