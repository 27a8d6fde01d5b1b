//! Packets in memory that the kernel shares: a ring of blocks (TPACKET_V3).
//!
//! The one file with `unsafe`. A packet socket that is read packet by packet has as much room as `net.core.rmem_max` gives it, which
//! is four large segments, and lost 339 packets of a transfer of 20 MB. The room of a ring is our own choice. Nothing safe makes one:
//! neither std nor rustix has the options of a packet socket, and memory that another writes is not theirs to promise.
//!
//! What is unsafe is short: four system calls with structures of the kernel's, and slices of blocks that it handed over. It does not
//! touch a block between that and [`Block`]'s end, which gives it back.
#![expect(unsafe_code, reason = "the options and the memory of a packet socket, which no crate wraps")]

use std::ffi::c_void;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Octets of a block. Three of the largest packets fit.
const BLOCK: usize = 256 << 10;

/// Octets of a ring, in the kernel's memory: as much as may pass while nobody reads.
pub(crate) const RING_OCTETS: usize = 16 << 20;

/// How long a packet waits at most until it can be read, where its block does not fill up.
pub(super) const RETIRED: Duration = Duration::from_millis(20);

const TPACKET_V3: i32 = 2;
const PACKET_RX_RING: i32 = 5;
const PACKET_STATISTICS: i32 = 6;
const PACKET_VERSION: i32 = 10;
const PACKET_IGNORE_OUTGOING: i32 = 23;

/// A packet socket and its ring.
pub(super) struct Ring {
    socket: OwnedFd,
    start: NonNull<u8>,
    current: usize,
}

// SAFETY: the memory belongs to this value alone, wherever it is.
unsafe impl Send for Ring {}

/// `struct tpacket_req3`
#[repr(C)]
struct Request {
    block_size: u32,
    block_count: u32,
    frame_size: u32,
    frame_count: u32,
    retire_ms: u32,
    private_size: u32,
    features: u32,
}

/// `struct tpacket_stats_v3`
#[repr(C)]
#[derive(Default)]
pub(super) struct Counts {
    /// Packets that passed, those dropped included.
    pub(super) passed: u32,
    pub(super) dropped: u32,
    frozen: u32,
}

/// `struct sockaddr_ll`
#[repr(C)]
struct LinkAddress {
    family: u16,
    protocol: u16,
    interface: i32,
    hardware: u16,
    kind: u8,
    length: u8,
    address: [u8; 8],
}

impl LinkAddress {
    fn of(interface: u32) -> Self {
        let interface = interface.cast_signed();
        // All protocols, in the network's order of octets.
        let protocol = 3_u16.to_be();
        Self { family: 17, protocol, interface, hardware: 0, kind: 0, length: 6, address: [0; 8] }
    }
}

impl Ring {
    /// Makes a ring for a packet socket that receives nothing yet, and lets it receive what passes at an interface; 0 are all.
    pub(super) fn new(socket: OwnedFd, interface: u32, ignore_outgoing: bool) -> io::Result<Self> {
        let count = (RING_OCTETS / BLOCK) as u32;
        let request = Request {
            block_size: BLOCK as u32,
            block_count: count,
            // Of no meaning but that it must fit: packets of this version lie one behind the other.
            frame_size: BLOCK as u32,
            frame_count: count,
            retire_ms: RETIRED.as_millis() as u32,
            private_size: 0,
            features: 0,
        };
        set(&socket, PACKET_VERSION, &TPACKET_V3)?;
        set(&socket, PACKET_RX_RING, &request)?;
        if ignore_outgoing {
            set(&socket, PACKET_IGNORE_OUTGOING, &1_i32)?;
        }
        let ring = Self { start: map(&socket)?, socket, current: 0 };
        let address = LinkAddress::of(interface);
        // SAFETY: the address is a whole `sockaddr_ll`, and the kernel only reads it.
        let bound = unsafe { libc::bind(ring.socket.as_raw_fd(), (&raw const address).cast(), length::<LinkAddress>()) };
        succeeded(bound).map(|()| ring)
    }

    /// The next block that the kernel has filled.
    pub(super) fn next(&mut self) -> Option<Block<'_>> {
        // SAFETY: the block lies within the ring, its status is aligned, and both sides touch it atomically.
        let status = unsafe { AtomicU32::from_ptr(self.start.add(self.current * BLOCK + STATUS).as_ptr().cast()) };
        if status.load(Ordering::Acquire) & OURS == 0 {
            return None;
        }
        // SAFETY: the block lies within the ring, and the kernel does not touch it until its status says so again.
        let octets = unsafe { std::slice::from_raw_parts(self.start.add(self.current * BLOCK).as_ptr(), BLOCK) };
        self.current = (self.current + 1) % (RING_OCTETS / BLOCK);
        Some(Block { octets, status })
    }

    /// What the kernel counted since this was asked last.
    pub(super) fn counts(&self) -> io::Result<Counts> {
        let mut counts = Counts::default();
        let mut length = length::<Counts>();
        // SAFETY: the kernel writes at most `length` octets into a structure of that size, any octets of which are numbers.
        let got = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                PACKET_STATISTICS,
                (&raw mut counts).cast::<c_void>(),
                &raw mut length,
            )
        };
        succeeded(got).map(|()| counts)
    }

    /// Sends a frame at an interface.
    pub(super) fn send(&self, interface: u32, frame: &[u8]) -> io::Result<()> {
        let address = LinkAddress::of(interface);
        // SAFETY: the frame and the address are whole, and the kernel only reads them.
        let sent = unsafe {
            libc::sendto(
                self.socket.as_raw_fd(),
                frame.as_ptr().cast(),
                frame.len(),
                libc::MSG_DONTWAIT,
                (&raw const address).cast(),
                length::<LinkAddress>(),
            )
        };
        if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nothing borrows from it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), RING_OCTETS) };
    }
}

fn map(socket: &OwnedFd) -> io::Result<NonNull<u8>> {
    // SAFETY: the kernel picks the place; nothing else is touched.
    let start = unsafe {
        libc::mmap(std::ptr::null_mut(), RING_OCTETS, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED, socket.as_raw_fd(), 0)
    };
    let start = (start != libc::MAP_FAILED).then(|| NonNull::new(start.cast())).flatten();
    start.ok_or_else(io::Error::last_os_error)
}

fn set<T>(socket: &OwnedFd, option: i32, value: &T) -> io::Result<()> {
    let value = std::ptr::from_ref(value).cast::<c_void>();
    // SAFETY: the kernel reads as many octets as the value has, all of which are plain numbers.
    succeeded(unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_PACKET, option, value, length::<T>()) })
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const fn length<T>() -> libc::socklen_t {
    size_of::<T>() as libc::socklen_t
}

/// Where in a block its status stands (`struct tpacket_block_desc`), how many packets there are, and where the first is.
const STATUS: usize = 8;
const COUNT: usize = 12;
const FIRST: usize = 16;

/// The bit of a status by which a block is ours; the kernel's have none.
const OURS: u32 = 1;

/// A block that the kernel has filled. It has it back when this is dropped.
pub(super) struct Block<'a> {
    octets: &'a [u8],
    status: &'a AtomicU32,
}

/// A packet in a block (`struct tpacket3_hdr`, and behind it a `struct sockaddr_ll`).
#[derive(Clone, Copy)]
pub(super) struct Passed<'a> {
    /// In nanoseconds since 1970.
    pub(super) stamp_ns: i64,
    pub(super) octets: &'a [u8],
    pub(super) original: usize,
    /// Of the interface (ARPHRD).
    pub(super) hardware: u16,
    pub(super) is_outgoing: bool,
}

impl Block<'_> {
    /// Its packets. What does not lie within it ends them.
    pub(super) fn packets(&self) -> impl Iterator<Item = Passed<'_>> {
        let mut at = word(self.octets, FIRST);
        (0..word(self.octets, COUNT).unwrap_or(0)).map_while(move |_| {
            let header = self.octets.get(at?..)?;
            at = word(header, 0).and_then(|next| at?.checked_add(next));
            Passed::of(header)
        })
    }
}

impl Drop for Block<'_> {
    fn drop(&mut self) {
        self.status.store(0, Ordering::Release);
    }
}

impl<'a> Passed<'a> {
    fn of(header: &'a [u8]) -> Option<Self> {
        const OUTGOING: u8 = 4;
        let (seconds, nanoseconds, captured, original) =
            (word(header, 4)?, word(header, 8)?, word(header, 12)?, word(header, 16)?);
        let from = usize::from(half(header, 24)?);
        Some(Self {
            stamp_ns: i64::try_from(seconds).ok()? * 1_000_000_000 + i64::try_from(nanoseconds).ok()?,
            octets: header.get(from..from.checked_add(captured)?)?,
            original,
            hardware: half(header, 56)?,
            is_outgoing: *header.get(58)? == OUTGOING,
        })
    }
}

fn word(octets: &[u8], at: usize) -> Option<usize> {
    let octets = octets.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_ne_bytes(octets)).ok()
}

fn half(octets: &[u8], at: usize) -> Option<u16> {
    let octets = octets.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_ne_bytes(octets))
}
