using System.Runtime.InteropServices;

namespace Roost.Engine.Inboxes;

/// <summary>
/// All that is known of an inbox but its entries: 32 bytes, two to a cache line, so that a delivery touches one line
/// here and one in the ring.
/// <code>
///   0        8        12       16       20       24    26   28       30   32
///   | ring   | version| from   | newest | tag    | count| next| capacity| – |
/// </code>
/// </summary>
/// <remarks>
/// Native memory that is never freed or moved while the arena lives, so a reader may look at any time;
/// <see cref="Version"/> tells it whether what it saw was whole (see <see cref="InboxArena"/>).
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct InboxHead
{
    public const int Size = 32;

    /// <summary>The entries; null where there is no inbox.</summary>
    public uint* Ring;

    /// <summary>Odd while the writer is at it. Grows by two with every change, over drops and creations too.</summary>
    public uint Version;

    public uint CompleteFrom;

    /// <summary>
    /// Only seqs above it are taken: the newest entry, or what lies just below <see cref="CompleteFrom"/>.
    /// </summary>
    public uint Newest;

    public int Tag;

    public ushort Count;

    /// <summary>Where the next entry goes; in a full ring that is where the oldest one is.</summary>
    public ushort Next;

    /// <summary>Slots of the ring.</summary>
    public ushort Capacity;

    /// <summary>The slot of the oldest entry. A ring that never was full begins at 0.</summary>
    public readonly int Start => Count == Capacity ? Next : 0;
}
