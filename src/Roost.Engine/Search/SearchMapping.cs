using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

/// <summary>
/// A sealed segment that lies in an image, such as a mapped file, and was found sound. Belongs to whoever opened it
/// until an index has taken it.
/// </summary>
public sealed class SearchMapping : IDisposable
{
    private SealedSegment? _segment;

    private SearchMapping(SealedSegment segment, long mark, uint checksum)
    {
        _segment = segment;
        (Mark, Checksum) = (mark, checksum);
        (Serial, Posts) = (segment.Rows.Serial, (int)segment.Rows.Count);
        FixedBytes = segment.Place(ImageFormat.Section.Rows).Offset;
    }

    /// <summary>See <see cref="SearchSegment.Serial"/>.</summary>
    public uint Serial { get; }

    public int Posts { get; }

    /// <summary>What the writer of the image was told.</summary>
    public long Mark { get; }

    /// <summary>Tells this image from all others.</summary>
    public uint Checksum { get; }

    /// <summary>So many of the image's first bytes are only read: what the system drops of them it can read
    /// again.</summary>
    public long FixedBytes { get; }

    /// <summary>Reads every byte once, for the checksums.</summary>
    /// <exception cref="InvalidDataException">It is damaged, cut off, or of another version: what, and where. The
    /// image's owner is disposed.</exception>
    public static SearchMapping Open(SearchImage image)
    {
        try
        {
            var segment = ImageFile.Open(image, out var mark, out var checksum);
            return new SearchMapping(segment, mark, checksum);
        }
        catch
        {
            image.Owner.Dispose();
            throw;
        }
    }

    /// <summary>Changes what <see cref="SearchIndex.WriteChanges"/> of this very image wrote. Before an index takes
    /// it.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or about another image.</exception>
    public void Apply(ReadOnlySpan<byte> changes) => ChangesFormat.Apply(changes, Segment, Checksum);

    internal SealedSegment Take()
    {
        var taken = Segment;
        _segment = null;
        return taken;
    }

    public void Dispose()
    {
        _segment?.Rows.Dispose();
        _segment?.Dispose();
        _segment = null;
    }

    internal SealedSegment Segment =>
        _segment ?? throw new InvalidOperationException("An index has taken this segment, or it is disposed.");
}
