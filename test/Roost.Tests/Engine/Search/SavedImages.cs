using System.Buffers;
using System.Runtime.InteropServices;
using Roost.Engine.Search;
using Xunit;

namespace Roost.Tests.Engine.Search;

/// <summary>An index as bytes: its sealed segments, what changed of mapped ones, and, if wanted, the active one.</summary>
internal sealed class SavedImages
{
    public const long Mark = 77;

    private readonly List<(byte[] Image, byte[]? Changes)> _segments = [];
    private bool _isGrowing;

    /// <param name="images">Of the mapped segments, by serial.</param>
    public static SavedImages Of(
        SearchIndex index, Dictionary<uint, byte[]>? images = null, bool withActive = false)
    {
        var saved = new SavedImages();
        foreach (var segment in index.Segments)
        {
            switch (segment.Form)
            {
                case SearchSegmentForm.Sealed:
                    saved._segments.Add((Write(index, segment.Serial), null));
                    break;
                case SearchSegmentForm.Mapped:
                    var image = images![segment.Serial];
                    saved._segments.Add((image, Changes(index, segment.Serial, ChecksumOf(image))));
                    break;
                case SearchSegmentForm.Active when withActive && segment.Posts > 0:
                    var bytes = new ArrayBufferWriter<byte>();
                    Assert.Equal(
                        segment.Serial, index.WriteActive(Mark, bytes, TestContext.Current.CancellationToken));
                    saved._segments.Add((bytes.WrittenSpan.ToArray(), null));
                    saved._isGrowing = segment.Posts < index.Options.SegmentPostsMax;
                    break;
            }
        }
        return saved;
    }

    public SearchIndex Open(SearchIndexOptions options)
    {
        var mappings = _segments.ConvertAll(segment =>
        {
            var mapping = SearchMapping.Open(Image(segment.Image));
            Assert.Equal(Mark, mapping.Mark);
            if (segment.Changes is not null)
                mapping.Apply(segment.Changes);
            return mapping;
        });
        var index = SearchIndex.Open(options, mappings);
        if (_isGrowing)
            Assert.True(index.Resume(TestContext.Current.CancellationToken), "The newest segment grows on.");
        return index;
    }

    /// <summary>The images by serial, for <see cref="Of"/> the next time.</summary>
    public Dictionary<uint, byte[]> ByOpenedSerial(SearchIndex opened)
    {
        var mapped = opened.Segments.Where(segment => segment.Form == SearchSegmentForm.Mapped).ToArray();
        return mapped.Zip(_segments).ToDictionary(pair => pair.First.Serial, pair => pair.Second.Image);
    }

    public static void SealAll(SearchIndex index)
    {
        while (index.SealNext(TestContext.Current.CancellationToken))
        {
        }
    }

    public static byte[] Write(SearchIndex index, uint serial, long mark = Mark)
    {
        var bytes = new ArrayBufferWriter<byte>();
        index.WriteSegment(serial, mark, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    public static byte[] Changes(SearchIndex index, uint serial, uint checksum)
    {
        var bytes = new ArrayBufferWriter<byte>();
        index.WriteChanges(serial, checksum, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    public static SearchImage Image(byte[] bytes)
    {
        var memory = new AlignedMemory(bytes.Length);
        bytes.CopyTo(memory.Span);
        return new SearchImage(memory.Address, bytes.Length, memory);
    }

    private static uint ChecksumOf(byte[] image)
    {
        using var mapping = SearchMapping.Open(Image(image));
        return mapping.Checksum;
    }

    private sealed unsafe class AlignedMemory(int length) : IDisposable
    {
        private void* _memory = NativeMemory.AlignedAlloc((nuint)Math.Max(1, length), 64);

        public nint Address => (nint)_memory;

        public Span<byte> Span => new(_memory, length);

        public void Dispose()
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
        }
    }
}
