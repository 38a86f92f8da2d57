using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Xunit;

namespace Roost.Tests.Engine.Search;

public sealed class SearchIndexConcurrencyTests(ITestOutputHelper output)
{
    private const int Posts = 20_000;
    private const int DeletedEvery = 7;

    private static readonly SearchTerm _common = new("common");

    /// <summary>Up to here posts were added, or deleted if their seq is a multiple, before a reader looks.</summary>
    private uint _added;

    private uint _deleted;
    private volatile bool _isOver;

    [Fact]
    public async Task Readers_see_each_post_once_whatever_is_written_edited_deleted_and_sealed_meanwhile()
    {
        const int Seed = 5;
        output.WriteLine($"seed {Seed}");
        using var index = new SearchIndex(SearchIndexTests.Options(1_500));
        var cancellation = TestContext.Current.CancellationToken;
        var readers = Enumerable.Range(0, 2).Select(number => Task.Run(() => Read(index, Seed + number), cancellation));
        var running = readers.Append(Task.Run(() => Seal(index), cancellation)).ToArray();

        try
        {
            Write(index, Seed);
        }
        finally
        {
            _isOver = true;
        }
        await Task.WhenAll(running);

        var left = index.Search(new SearchRequest { Query = new TermNode(_common), Limit = 1_000 });
        Assert.Equal(1_000, left.Hits.Count);
    }

    private void Write(SearchIndex index, int seed)
    {
        var random = new Random(seed);
        for (uint seq = 1; seq <= Posts; seq++)
        {
            var late = random.Next(10) == 0 ? random.Next(100) : 0;
            var post = Post(seq, SearchWorld.Start + seq - late, 0);
            var (text, tokens) = post.ToTokens();
            Assert.True(index.Add(post.Post, text, tokens), "The budget suffices.");
            Volatile.Write(ref _added, seq);

            var edited = (uint)random.Next(1, (int)seq + 1);
            if (edited % DeletedEvery != 0)
            {
                (text, tokens) = Post(edited, 0, seq).ToTokens();
                Assert.Equal(SearchEdit.Done, index.Edit(edited, default, 0, text, tokens));
            }
            if (seq > 50 && (seq - 50) % DeletedEvery == 0)
            {
                Assert.True(index.Delete(seq - 50));
                Volatile.Write(ref _deleted, seq - 50);
            }
        }
    }

    private void Seal(SearchIndex index)
    {
        while (!_isOver)
        {
            if (!index.SealNext(TestContext.Current.CancellationToken))
                Thread.Yield();
        }
    }

    private void Read(SearchIndex index, int seed)
    {
        var random = new Random(seed);
        while (!_isOver)
        {
            var added = Volatile.Read(ref _added);
            var deleted = Volatile.Read(ref _deleted);
            if (added == 0)
                continue;
            var newest = index.Search(new SearchRequest { Query = new TermNode(_common) }).Hits;
            for (var i = 1; i < newest.Count; i++)
                Assert.True(newest[i].Key < newest[i - 1].Key, $"{newest[i]} comes after {newest[i - 1]}.");

            var seq = (uint)random.Next(1, (int)added + 1);
            var query = new AndNode([new TermNode(_common), new TermNode(Own(seq))]);
            var found = index.Search(new SearchRequest { Query = query }).Hits;
            if (seq % DeletedEvery != 0)
                Assert.Equal(seq, Assert.Single(found).Seq);
            else if (seq <= deleted)
                Assert.Empty(found);
        }
    }

    /// <summary>Words that all forms of a post have, and one that only this form has.</summary>
    private static NaivePost Post(uint seq, long time, uint version) => new(
        seq, new(1), time, default, 0, [(_common, 0), (Own(seq), 1), (new SearchTerm($"version{version}"), 2)]);

    private static SearchTerm Own(uint seq) => new($"own{seq}");
}
