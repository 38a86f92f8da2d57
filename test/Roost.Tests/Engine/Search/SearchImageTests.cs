using System.Buffers;
using System.Runtime.InteropServices;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Xunit;

namespace Roost.Tests.Engine.Search;

public sealed class SearchImageTests
{
    [Fact]
    public void Segments_written_and_opened_again_answer_as_before_and_can_be_written_to()
    {
        var random = new Random(21);
        var world = new SearchWorld(random);
        var naive = new NaiveIndex();
        using var index = new SearchIndex(SearchIndexTests.Options(500));
        for (var i = 0; i < 2_500; i++) SearchIndexTests.Change(random, world, index, naive);
        index.CloseActive();
        var images = WriteAll(index);

        using var opened = SearchIndex.Open(SearchIndexTests.Options(500), images, out var marks);

        Assert.All(marks, mark => Assert.Equal(77, mark));
        Assert.Equal(world.LastSeq, opened.LastSeq);
        for (var number = 0; number < 400; number++)
        {
            SearchIndexTests.Compare(random, world, opened, naive, number);
            SearchIndexTests.Change(random, world, opened, naive);
        }
    }

    [Fact]
    public void An_edit_whose_new_form_was_not_written_is_taken_back()
    {
        var world = new SearchWorld(new Random(22));
        using var index = new SearchIndex(SearchIndexTests.Options(500));
        var post = world.NextPost() with { Tokens = [(new SearchTerm("before"), 0)] };
        SearchIndexTests.Add(post, index, null);
        index.CloseActive();
        var (text, tokens) = (post with { Tokens = [(new SearchTerm("after"), 0)] }).ToTokens();
        index.Edit(post.Seq, default, 0, text, tokens);

        using var opened = SearchIndex.Open(SearchIndexTests.Options(500), WriteAll(index), out _);

        Assert.Single(opened.Search(new SearchRequest { Query = new TermNode(new SearchTerm("before")) }).Hits);
        Assert.Equal(SearchEdit.Done, opened.Edit(post.Seq, default, 0, text, tokens));
        Assert.Empty(opened.Search(new SearchRequest { Query = new TermNode(new SearchTerm("before")) }).Hits);
        Assert.Single(opened.Search(new SearchRequest { Query = new TermNode(new SearchTerm("after")) }).Hits);
    }

    [Fact]
    public void A_byte_that_changed_anywhere_is_found()
    {
        var random = new Random(23);
        var world = new SearchWorld(random);
        using var index = new SearchIndex(SearchIndexTests.Options(500));
        for (var i = 0; i < 200; i++) SearchIndexTests.Add(world.NextPost(), index, null);
        index.CloseActive();
        index.SealNext(TestContext.Current.CancellationToken);
        var written = Write(index, 1);
        var damaged = 0;

        for (var tries = 0; tries < 200; tries++)
        {
            var changed = written.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                SearchIndex.Open(SearchIndexTests.Options(500), [Image(changed)], out _).Dispose();
            }
            catch (InvalidDataException)
            {
                damaged++;
            }
        }
        foreach (var length in new[] { 0, 63, written.Length / 2, written.Length - 1 })
        {
            Assert.Throws<InvalidDataException>(
                () => SearchIndex.Open(SearchIndexTests.Options(500), [Image(written[..length])], out _));
        }

        // Zeros between sections are nobody's: a change there does no harm.
        Assert.InRange(damaged, 170, 200);
    }

    private static List<SearchImage> WriteAll(SearchIndex index)
    {
        while (index.SealNext(TestContext.Current.CancellationToken))
        {
        }
        return
        [
            .. index.Segments.Where(segment => segment.Form == SearchSegmentForm.Sealed)
                .Select(segment => Image(Write(index, segment.Serial))),
        ];
    }

    private static byte[] Write(SearchIndex index, uint serial)
    {
        var bytes = new ArrayBufferWriter<byte>();
        index.WriteSegment(serial, 77, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static unsafe SearchImage Image(byte[] bytes)
    {
        var memory = new AlignedMemory(bytes.Length);
        bytes.CopyTo(memory.Span);
        return new SearchImage(memory.Address, bytes.Length, memory);
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
