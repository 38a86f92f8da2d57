using System.Runtime.InteropServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// A sealed segment as bytes: in memory without rows, in a file with them. Little-endian; every section begins at a
/// multiple of 64 and has 64 zeros or more behind it, so that vector loads may reach over its end.
/// <code>
///  header    magic "ROOSTIDX" | version | docs | terms | slots | hash seed | mark | serial    64 B
///  sections  postings · entries · singles · blocks · texts · table · bits · places of bits · languages · rows ·
///            live places · live chunks
///  trailer   a section: offset | length | CRC-32C      then: CRC-32C of header and trailer | length of all | magic
/// </code>
/// The trailer comes last since a section's checksum is known only when it is written: the file is written in one pass.
/// </summary>
internal static class ImageFormat
{
    public const int HeaderLength = 64;
    public const int Alignment = 64;
    public const uint Version = 7;
    public const int SectionLength = 24;
    public const int TrailerLength = ((int)Section.Count * SectionLength) + 24;

    public static ReadOnlySpan<byte> Magic => "ROOSTIDX"u8;

    public enum Section
    {
        Postings,
        Entries,
        Singles,
        Blocks,
        Texts,
        Table,
        Bits,
        BitPlaces,
        Languages,
        Rows,
        LivePlaces,
        LiveChunks,
        Count,
    }

    [StructLayout(LayoutKind.Sequential, Size = HeaderLength)]
    public record struct Header(
        ulong Magic, uint Version, uint Docs, uint Terms, uint Slots, ulong Seed, long Mark, uint Serial);
}

/// <summary>Where a section lies, from the image's first byte.</summary>
internal readonly record struct SectionPlace(long Offset, long Length);
