using Roost.Engine.Ids;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// What every post of a segment has, 24 bytes, by its number in the segment (its <i>doc</i>).
/// <code>
///  Head    63 … 16  milliseconds         15 … 0  flags (PostFlags, and below)
///  Seq     32 bits        Author  32 bits
///  Live    63 … 48  language    47 … 32 replies    31 … 16 boosts    15 … 0 favourites
///          of a superseded post: 47 … 23 serial of the segment, 22 … 0 doc, of the post's newer form
/// </code>
/// Kept little-endian in segment files.
/// </summary>
/// <remarks>
/// One writer; readers on any thread. <see cref="Head"/> and <see cref="Live"/> change after a post is published and
/// are read and written whole, 8 bytes aligned; the rest never changes.
/// </remarks>
internal struct PostRow
{
    /// <summary>Some post with a smaller doc is newer: this one came out of time order, or is an edit.</summary>
    public const ulong Late = 1 << 12;

    public const ulong Deleted = 1 << 13;

    /// <summary>Edited: the newer form is another post of the index, named in <see cref="Live"/>.</summary>
    public const ulong Superseded = 1 << 14;

    /// <summary>Is the newer form of an edited post; its seq is out of order.</summary>
    public const ulong Edit = 1 << 15;

    private const int TimeShift = 16;
    public const ulong OwnFlags = 0xF000;
    private const ulong Counters = 0xFFFF_FFFF_FFFF;

    public ulong Head;
    public uint Seq;
    public int Author;
    public ulong Live;

    public const long MillisecondsMax = (1L << 47) - 1;

    public static ulong MakeHead(long milliseconds, PostFlags flags, ulong own) =>
        ((ulong)milliseconds << TimeShift) | ((ulong)flags & ~OwnFlags) | own;

    public static ulong MakeLive(LanguageCode language, int replies, int boosts, int favourites) =>
        ((ulong)language.Value << 48) | (Saturate(replies) << 32) | (Saturate(boosts) << 16) | Saturate(favourites);

    public static ulong MakeSuperseded(ulong live, uint serial, uint doc) =>
        (live & ~Counters) | ((ulong)serial << 23) | doc;

    public static uint SupersedingSerial(ulong live) => (uint)((live & Counters) >> 23);

    public static uint SupersedingDoc(ulong live) => (uint)live & ((1u << 23) - 1);

    public static long Milliseconds(ulong head) => (long)(head >> TimeShift);

    public static PostFlags Flags(ulong head) => (PostFlags)(head & 0x0FFF);

    public static LanguageCode Language(ulong live) => new((ushort)(live >> 48));

    public static int Replies(ulong live) => (ushort)(live >> 32);

    public static int Boosts(ulong live) => (ushort)(live >> 16);

    public static int Favourites(ulong live) => (ushort)live;

    public readonly SearchKey Key(ulong head) => new(Milliseconds(head), Seq);

    public readonly SearchHit Hit(ulong head) => new(Key(head), new AccountId(Author));

    private static ulong Saturate(int count) => (ulong)Math.Clamp(count, 0, ushort.MaxValue);
}
