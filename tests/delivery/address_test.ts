import { assertEquals } from "@std/assert";
import {
  isAddress,
  isLoopbackAddress,
  isPublicAddress,
} from "../../src/delivery/target/_address.ts";
import { isPublicName } from "../../src/delivery/target/_address_names.ts";

// The edges of each closed block, and its neighbours outside.
const CLOSED: readonly string[] = [
  ..."0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255".split(" "),
  ..."100.64.0.0 100.100.100.200 100.127.255.255".split(" "),
  ..."127.0.0.0 127.255.255.255 168.63.129.16".split(" "),
  ..."169.254.0.0 169.254.169.254 169.254.255.255".split(" "),
  ..."172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.192 192.0.0.255".split(" "),
  ..."192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255".split(" "),
  ..."192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255".split(" "),
  ..."198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255".split(" "),
  ..."224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255".split(" "),
  ...":: ::1 ::2 ::7f00:1 ::127.0.0.1 ::8.8.8.8".split(" "),
  ..."::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8".split(" "),
  ..."64:ff9b::8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1".split(" "),
  ..."64:ff9b:1:ffff:ffff:ffff:ffff:ffff 100::1 100:0:0:1::1".split(" "),
  ..."1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 4000::".split(" "),
  ..."2001:: 2001:0:53aa:64c::1 2001:2::1 2001:10::1 2001:20::1".split(" "),
  ..."2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::".split(" "),
  ..."2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".split(" "),
  ..."2002:: 2002:808:808:: 2002:7f00:1::".split(" "),
  ..."2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff".split(" "),
  ..."3fff:: 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff".split(" "),
  ..."5f00::1 fc00:: fd00:ec2::254 fdff::1 fe80::1".split(" "),
  ..."fec0::1 ff02::1 ffff::".split(" "),
];
const OPEN: readonly string[] = [
  ..."1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0".split(" "),
  ..."100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0".split(" "),
  ..."168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0".split(" "),
  ..."172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0".split(" "),
  ..."192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255".split(" "),
  ..."192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255".split(" "),
  ..."198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255".split(" "),
  ..."2000:: 2001:200:: 2001:db7:ffff::1 2001:db9:: 2003::".split(" "),
  ..."2606:4700:4700::1111 2606:4700:4700::8.8.8.8".split(" "),
  ..."3ffe:ffff:: 3fff:1000:: 2a00:1450:4001:830:0:0:0:200E".split(" "),
  "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

Deno.test("isPublicAddress() refuses what the IANA registries keep back", () => {
  assertEquals(CLOSED.filter(isPublicAddress), []);
  assertEquals(CLOSED.filter((text) => !isAddress(text)), []);
});

Deno.test("isPublicAddress() accepts the neighbours of each closed block", () => {
  assertEquals(OPEN.filter((text) => !isPublicAddress(text)), []);
});

Deno.test("isPublicAddress() refuses what is no address", () => {
  const texts = [
    ..."1.1.1 1.1.1.1.1 1.1.1.256 01.1.1.1 1.1.1.08 0x1.1.1.1".split(" "),
    ..."16843009 1.1.1.1/32 example.com 2606:4700 2606::4700::1".split(" "),
    ..."[2606:4700::1] 2606:4700::1%eth0 2606:4700::1]:1/@[::1".split(" "),
    ..."2606:4700::1.2.3 2606:4700::1.2.3.256 12606::1 : :::".split(" "),
    "",
    " 1.1.1.1",
    "1.1.1.1\n",
    "１.1.1.1",
  ];
  assertEquals(texts.filter(isAddress), []);
  assertEquals(texts.filter(isPublicAddress), []);
});

Deno.test("isLoopbackAddress() knows the two forms of the machine itself alone", () => {
  const loopback = ["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1"];
  assertEquals(loopback.filter((text) => !isLoopbackAddress(text)), []);
  const other =
    "128.0.0.1 0.0.0.0 :: ::2 ::ffff:127.0.0.1 ::127.0.0.1 localhost"
      .split(" ");
  assertEquals(other.filter(isLoopbackAddress), []);
});

Deno.test("isPublicName() refuses names without a dot, with empty or odd labels, and reserved ones", () => {
  const names = [
    ..."localhost printer a.localhost kubernetes.default.svc".split(" "),
    ..."kubernetes.default router.lan wiki.corp nas.home".split(" "),
    ..."metadata.google.internal metadata.goog a.metadata.goog".split(" "),
    ..."metadata.tencentyun.com printer.local a.home.arpa".split(" "),
    ..."1.0.0.127.in-addr.arpa a.onion a.invalid a.alt".split(" "),
    ..."example..com .example.com example.com. -a.example.com".split(" "),
    ..."a-.example.com a!b.example.com example.c example.c0m".split(" "),
    `${"a".repeat(64)}.example.com`,
    `${"a.".repeat(126)}com`,
    "",
    ".",
  ];
  assertEquals(names.filter(isPublicName), []);
});

Deno.test("isPublicName() accepts names of the public DNS", () => {
  const names = [
    ..."example.com a.b.c.example.co.uk 1.example.com a_b.example.com".split(
      " ",
    ),
    ..."xn--bcher-kva.example notlocalhost.com local.example.com".split(" "),
    ..."mylocal.dev a.basalt notmetadata.goog metadata.goog.com example.xn--p1ai"
      .split(" "),
    `${"a".repeat(63)}.example.com`,
    `${"a.".repeat(125)}com`,
  ];
  assertEquals(names.filter((name) => !isPublicName(name)), []);
});
