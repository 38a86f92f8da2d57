using Roost.Engine.Inboxes;
using Roost.Engine.Search.Segments;
using Xunit;

namespace Roost.Tests.Engine.Search;

public sealed class DocBitsTests(ITestOutputHelper output)
{
    private const uint Docs = 200_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_docs_of_several_terms_are_those_that_each_of_them_has(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var slabs = new NativeSlabs(long.MaxValue);
        var frequent = new FrequentTerms(slabs, Docs);
        HashSet<uint>[] sets = [.. Enumerable.Range(0, 4).Select(_ => Fill(random, frequent))];

        for (var tries = 0; tries < 300; tries++)
        {
            var terms = Enumerable.Range(0, 4).Where(_ => random.Next(2) == 0).ToArray();
            if (terms.Length == 0)
                continue;
            var below = (uint)random.NextInt64(Docs + 1);
            var first = terms[0];
            var expected = sets[first].Where(doc => doc < below && terms.All(term => sets[term].Contains(doc)))
                .OrderDescending().ToArray();

            Assert.Equal(expected, Read([.. terms.Select(term => frequent[(uint)term])], below, random));
        }
    }

    [Fact]
    public void Docs_that_a_term_has_are_kept_in_their_order()
    {
        var random = new Random(3);
        using var slabs = new NativeSlabs(long.MaxValue);
        var frequent = new FrequentTerms(slabs, Docs);
        var set = Fill(random, frequent);
        uint[] docs = [.. Enumerable.Range(0, 1_000).Select(_ => (uint)random.Next((int)Docs)).OrderDescending()];
        var expected = docs.Where(set.Contains).ToArray();

        var kept = frequent[0].Keep(docs);

        Assert.Equal(expected, docs[..kept]);
        Assert.All(docs, doc => Assert.Equal(set.Contains(doc), frequent[0].Has(doc)));
    }

    /// <summary>Dense here, empty for long there, sparse elsewhere.</summary>
    private static HashSet<uint> Fill(Random random, FrequentTerms frequent)
    {
        var place = frequent.Take();
        var set = new HashSet<uint>();
        for (uint doc = 0; doc < Docs; doc += (uint)random.Next(1, random.Next(4) == 0 ? 900 : 12))
        {
            if (random.Next(3_000) == 0)
                doc = Math.Min(Docs - 1, doc + (uint)random.Next(90_000));
            Assert.True(frequent.Add(place, doc), $"Doc {doc} was not there.");
            Assert.False(frequent.Add(place, doc), $"Doc {doc} was there.");
            set.Add(doc);
        }
        return set;
    }

    private static List<uint> Read(DocBits[] terms, uint below, Random random)
    {
        var read = new List<uint>();
        var docs = new uint[64];
        while (true)
        {
            var room = docs.AsSpan(0, random.Next(1, docs.Length + 1));
            var count = DocBits.Read(terms, ref below, room);
            read.AddRange(room[..count]);
            if (count == 0)
                return read;
        }
    }
}
