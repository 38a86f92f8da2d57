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
        SavedImages.SealAll(index);

        using var opened = SavedImages.Of(index).Open(SearchIndexTests.Options(500));

        Assert.Equal(world.LastSeq, opened.LastSeq);
        for (var number = 0; number < 400; number++)
        {
            SearchIndexTests.Compare(random, world, opened, naive, $"query {number}");
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

        SavedImages.SealAll(index);
        using var opened = SavedImages.Of(index).Open(SearchIndexTests.Options(500));

        Assert.Single(opened.Search(new SearchRequest { Query = new TermNode(new SearchTerm("before")) }).Hits);
        Assert.Equal(SearchEdit.Done, opened.Edit(post.Seq, default, 0, text, tokens));
        Assert.Empty(opened.Search(new SearchRequest { Query = new TermNode(new SearchTerm("before")) }).Hits);
        Assert.Single(opened.Search(new SearchRequest { Query = new TermNode(new SearchTerm("after")) }).Hits);
    }

    [Fact]
    public void Posts_of_hundreds_of_words_beside_short_ones_are_found_by_their_last_ones()
    {
        var random = new Random(26);
        var world = new SearchWorld(random);
        using var index = new SearchIndex(SearchIndexTests.Options(150));
        var phrases = new Dictionary<uint, PhraseNode>();
        for (var i = 0; i < 280; i++)
        {
            var words = random.Next(3) == 0 ? 85 + random.Next(400) : random.Next(1, 12);
            var tokens = Enumerable.Range(0, words)
                .Select(place => (new SearchTerm(random.Next(4) == 0 ? $"w{i}x{place}" : $"w{place}"), place)).ToList();
            var post = world.NextPost() with { Tokens = tokens };
            SearchIndexTests.Add(post, index, null);
            phrases[post.Seq] = new PhraseNode([.. tokens[^Math.Min(words, 12)..].Select(
                token => new PhraseTerm(token.Item1, token.place - Math.Max(0, words - 12)))]);
        }
        var found = Found(index);
        while (index.SealNext(TestContext.Current.CancellationToken))
        {
        }
        var sealedFound = Found(index);
        using var opened = SavedImages.Of(index, withActive: true).Open(SearchIndexTests.Options(150));

        Assert.All(found, pair => Assert.Contains(pair.Key, pair.Value));
        Assert.Equal(found, sealedFound);
        Assert.Equal(found, Found(opened));

        Dictionary<uint, uint[]> Found(SearchIndex one) => phrases.ToDictionary(
            pair => pair.Key,
            pair => one.Search(new SearchRequest { Query = pair.Value, Limit = SearchRequest.LimitMax }).Hits
                .Select(hit => hit.Seq).ToArray());
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
        var written = SavedImages.Write(index, 1);
        var damaged = 0;

        for (var tries = 0; tries < 200; tries++)
        {
            var changed = written.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                SearchMapping.Open(SavedImages.Image(changed)).Dispose();
            }
            catch (InvalidDataException)
            {
                damaged++;
            }
        }
        foreach (var length in new[] { 0, 63, written.Length / 2, written.Length - 1 })
        {
            Assert.Throws<InvalidDataException>(
                () => SearchMapping.Open(SavedImages.Image(written[..length])));
        }

        // Zeros between sections are nobody's: a change there does no harm.
        Assert.InRange(damaged, 170, 200);
    }

    [Fact]
    public void Changes_of_another_image_or_damaged_ones_are_refused()
    {
        var random = new Random(24);
        var world = new SearchWorld(random);
        using var index = new SearchIndex(SearchIndexTests.Options(500));
        for (var i = 0; i < 400; i++) SearchIndexTests.Add(world.NextPost(), index, null);
        index.CloseActive();
        index.SealNext(TestContext.Current.CancellationToken);
        var (one, other) = (SavedImages.Write(index, 1), SavedImages.Write(index, 1, mark: 78));
        using (var mapping = SearchMapping.Open(SavedImages.Image(one)))
            Assert.True(index.Replace(mapping));
        for (uint seq = 1; seq < 50; seq++) index.Delete(seq);
        var changes = SavedImages.Changes(index, 1, ChecksumOf(one));

        using (var mapping = SearchMapping.Open(SavedImages.Image(other)))
            Assert.Throws<InvalidDataException>(() => mapping.Apply(changes));
        for (var tries = 0; tries < 100; tries++)
        {
            var damaged = changes.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            using var mapping = SearchMapping.Open(SavedImages.Image(one));
            Assert.Throws<InvalidDataException>(() => mapping.Apply(damaged));
        }
        using (var mapping = SearchMapping.Open(SavedImages.Image(one)))
            Assert.Throws<InvalidDataException>(() => mapping.Apply(changes.AsSpan(0, changes.Length - 1)));
    }

    [Fact]
    public void A_mapped_segment_takes_next_to_no_memory()
    {
        var world = new SearchWorld(new Random(25));
        using var index = new SearchIndex(SearchIndexTests.Options(5_000));
        for (var i = 0; i < 5_000; i++) SearchIndexTests.Add(world.NextPost(), index, null);
        index.CloseActive();
        index.SealNext(TestContext.Current.CancellationToken);
        var before = index.Segments[0].Bytes;

        Assert.True(index.Replace(SearchMapping.Open(SavedImages.Image(SavedImages.Write(index, 1)))));

        var mapped = index.Segments[0];
        Assert.Equal(SearchSegmentForm.Mapped, mapped.Form);
        Assert.True(mapped.Bytes < before / 2, $"{mapped.Bytes} bytes mapped, {before} sealed");
        Assert.True(mapped.MappedBytes > 0, "It is mapped.");
    }

    [Fact]
    public void More_languages_than_rows_have_numbers_for_are_told_apart_in_every_form()
    {
        const int Languages = 1_500;
        var world = new SearchWorld(new Random(27));
        using var index = new SearchIndex(SearchIndexTests.Options(5_000));
        var expected = new Dictionary<ushort, uint>();
        for (ushort value = 1; value <= Languages; value++)
        {
            var post = world.NextPost() with { Language = new LanguageCode(value) };
            SearchIndexTests.Add(post, index, null);
            expected[value] = post.Seq;
        }
        Assert.True(index.SetCounters(expected[Languages], 1, 2, 3));
        var active = Found(index);
        index.CloseActive();
        index.SealNext(TestContext.Current.CancellationToken);
        var compact = Found(index);
        using var opened = SavedImages.Of(index).Open(SearchIndexTests.Options(5_000));
        using var resumed = SavedImages.Of(opened, new() { [1] = SavedImages.Write(index, 1) })
            .Open(SearchIndexTests.Options(9_000));
        Assert.True(resumed.Resume(TestContext.Current.CancellationToken));

        Assert.Equal(expected, active);
        Assert.Equal(expected, compact);
        Assert.Equal(expected, Found(opened));
        Assert.Equal(expected, Found(resumed));

        Dictionary<ushort, uint> Found(SearchIndex one) => expected.Keys.ToDictionary(
            value => value,
            value => Assert.Single(one.Search(new SearchRequest
            {
                Query = new LanguageNode(new LanguageCode(value)),
            }).Hits).Seq);
    }

    private static uint ChecksumOf(byte[] image)
    {
        using var mapping = SearchMapping.Open(SavedImages.Image(image));
        return mapping.Checksum;
    }
}
