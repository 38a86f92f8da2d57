using Roost.Engine.Ids;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// What every post of a segment has, 16 bytes, by its number in the segment (its <i>doc</i>). What few posts have,
/// counters and a newer form, is its <i>live</i> word, in <see cref="RowLives"/>.
/// <code>
///  Head    63 … 22  milliseconds    21 … 12  language    11 … 4  flags (PostFlags)    3 … 0  own flags, below
///  Seq     32 bits        Author  32 bits
///
///  live    63 … 48  language    47 … 32 replies    31 … 16 boosts    15 … 0 favourites
///          of a superseded post: 47 … 23 serial of the segment, 22 … 0 doc, of the post's newer form
/// </code>
/// Languages are numbered in each segment as they come (<see cref="RowLanguages"/>). Kept little-endian in segment
/// files.
/// </summary>
/// <remarks>
/// One writer; readers on any thread. <see cref="Head"/> changes after a post is published and is read and written
/// whole, 8 bytes aligned; the rest never changes.
/// </remarks>
internal struct PostRow
{
    /// <summary>Some post with a smaller doc is newer: this one came out of time order, or is an edit.</summary>
    public const ulong Late = 1 << 0;

    public const ulong Deleted = 1 << 1;

    /// <summary>Edited: the newer form is another post of the index, named in the live word.</summary>
    public const ulong Superseded = 1 << 2;

    /// <summary>Is the newer form of an edited post; its seq is out of order.</summary>
    public const ulong Edit = 1 << 3;

    public const ulong OwnFlags = 0xF;

    /// <summary>What most posts have none of: such a post is there for every search, and where its doc says.</summary>
    public const ulong Special = Late | Deleted | Superseded;

    /// <summary>Till the year 2109, which no id of a post reaches.</summary>
    public const long MillisecondsMax = (1L << 42) - 1;

    /// <summary>Flags that a row has room for.</summary>
    public const PostFlags FlagsMax = (PostFlags)byte.MaxValue;

    /// <summary>Of <see cref="RowLanguages"/>.</summary>
    public const int LanguageBits = 10;

    private const int FlagsShift = 4;
    private const int LanguageShift = 12;
    private const int TimeShift = 22;
    private const ulong Counters = 0xFFFF_FFFF_FFFF;

    public ulong Head;
    public uint Seq;
    public int Author;

    /// <param name="language">Its number in the segment.</param>
    public static ulong MakeHead(long milliseconds, uint language, PostFlags flags, ulong own) =>
        ((ulong)milliseconds << TimeShift) | ((ulong)language << LanguageShift)
        | ((ulong)(flags & FlagsMax) << FlagsShift) | own;

    public static ulong WithFlags(ulong head, PostFlags flags) =>
        (head & ~((ulong)FlagsMax << FlagsShift)) | ((ulong)(flags & FlagsMax) << FlagsShift);

    public static ulong WithLanguage(ulong head, uint language) =>
        (head & ~((ulong)((1 << LanguageBits) - 1) << LanguageShift)) | ((ulong)language << LanguageShift);

    public static ulong MakeLive(LanguageCode language, int replies, int boosts, int favourites) =>
        ((ulong)language.Value << 48) | (Saturate(replies) << 32) | (Saturate(boosts) << 16) | Saturate(favourites);

    public static ulong MakeSuperseded(ulong live, uint serial, uint doc) =>
        (live & ~Counters) | ((ulong)serial << 23) | doc;

    public static uint SupersedingSerial(ulong live) => (uint)((live & Counters) >> 23);

    public static uint SupersedingDoc(ulong live) => (uint)live & ((1u << 23) - 1);

    public static long Milliseconds(ulong head) => (long)(head >> TimeShift);

    public static PostFlags Flags(ulong head) => (PostFlags)(head >> FlagsShift) & FlagsMax;

    public static uint LanguageNumber(ulong head) => (uint)(head >> LanguageShift) & ((1 << LanguageBits) - 1);

    public static LanguageCode Language(ulong live) => new((ushort)(live >> 48));

    /// <summary>Whether a live word says more than the language.</summary>
    public static bool HasCounters(ulong live) => (live & Counters) != 0;

    public static int Replies(ulong live) => (ushort)(live >> 32);

    public static int Boosts(ulong live) => (ushort)(live >> 16);

    public static int Favourites(ulong live) => (ushort)live;

    public readonly SearchKey Key(ulong head) => new(Milliseconds(head), Seq);

    public readonly SearchHit Hit(ulong head) => new(Milliseconds(head), Seq, new AccountId(Author));

    private static ulong Saturate(int count) => (ulong)Math.Clamp(count, 0, ushort.MaxValue);
}
