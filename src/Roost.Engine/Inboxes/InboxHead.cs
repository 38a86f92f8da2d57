using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Roost.Engine.Inboxes;

/// <summary>
/// What is known of an inbox apart from its hot line: where its older entries are. Only every fifteenth delivery needs
/// it.
/// <code>
///   0        8        12       16     17      18        19 … 32
///   | ring   | from   | tag    | first| blocks| capacity| –     |
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct InboxHead
{
    public const int Size = 32;

    /// <summary>Blocks of one cache line, 15 entries each; null where there is no inbox.</summary>
    public uint* Ring;

    /// <summary>The mark as of when the ring last changed. A reader raises it when it sees more than 800
    /// entries.</summary>
    public uint CompleteFrom;

    public int Tag;

    /// <summary>The oldest block.</summary>
    public byte First;

    /// <summary>How many blocks are in use; each of them is full.</summary>
    public byte Blocks;

    /// <summary>How many the ring has room for.</summary>
    public byte Capacity;

    /// <summary>The block at a place, counted from the oldest one, around the end of the ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint* Block(int index)
    {
        var place = First + index;
        return Ring + ((place < Capacity ? place : place - Capacity) * HotLine.Words);
    }
}

/// <summary>
/// The newest entries of an inbox and the word that guards all of it, in one cache line of 16 words, so that a delivery
/// touches this line and no other. A full line is copied to a block of the ring as it is; there the first word means
/// nothing.
/// <code>
///   0         1      2            count        15
///   | control | seq  | seq  | … | newest | … | newest again, while count is 0 |
///   control:  epoch 26 bits | present | changing | count 4 bits
/// </code>
/// </summary>
/// <remarks>
/// While the line is empty, word 15 holds the seq that newcomers must be above: the newest entry, which is in the ring
/// then (a full line that was copied has it there already), or what lies just below the mark.
/// </remarks>
internal static class HotLine
{
    public const int Words = 16;
    public const int Bytes = Words * sizeof(uint);

    /// <summary>Entries in a line and in a block of a ring.</summary>
    public const int Entries = Words - 1;

    public const uint CountMask = 15;

    /// <summary>The writer is changing more than it can with one store; readers wait.</summary>
    public const uint Changing = 16;
    public const uint Present = 32;

    /// <summary>
    /// The rest of the word grows by one with every such change. It comes round after 67 million of them, one billion
    /// deliveries, within a single read.
    /// </summary>
    public const uint Epoch = 64;

    /// <summary>Which word has the newest seq, for a count from 0 to 15: no branch, in the innermost loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NewestWord(int count) => count + (((count - 1) >> 31) & Entries);
}
