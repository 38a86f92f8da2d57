using static Roost.Engine.Search.Segments.ImageFormat;

namespace Roost.Engine.Search.Segments;

/// <summary>The sections of a sealed segment in memory, rows apart.</summary>
internal sealed class SealedImage(NativeBuffer bytes, SectionPlace[] places, Header header) : IDisposable
{
    public NativeBuffer Bytes => bytes;

    public Header Header => header;

    public SectionPlace Place(Section section) => places[(int)section];

    public void Dispose() => bytes.Dispose();
}
