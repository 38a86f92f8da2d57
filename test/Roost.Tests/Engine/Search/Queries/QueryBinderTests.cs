using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Xunit;

namespace Roost.Tests.Engine.Search.Queries;

public sealed class QueryBinderTests
{
    private static readonly AccountId _me = new(7);
    private static readonly AccountId _ann = new(1);

    [Fact]
    public void Words_become_terms_as_posts_have_them()
    {
        Assert.Equal(Term("zurich"), Bound("Zürich"));
        Assert.Equal(Term("#zurich"), Bound("#Zürich"));
        Assert.Equal(Term("@ann"), Bound("@Ann"));
        Assert.Equal(Term("$tsla"), Bound("$TSLA"));
        Assert.Equal(Term("dont"), Bound("don't"));
        Assert.Equal(new PrefixNode(new SearchTerm("lib")), Bound("Lib*"));
        Assert.Equal(new PrefixNode(new SearchTerm("#li")), Bound("#li*"));
    }

    [Fact]
    public void What_is_several_terms_is_a_phrase()
    {
        Assert.Equal(Phrase("new", "york"), Bound("\"New York\""));
        Assert.Equal(Phrase("example", "com"), Bound("https://www.example.com/?q=1"));
        Assert.Equal(Phrase("東京", "京都"), Bound("東京都"));
        Assert.Equal(new AndNode([Term("new"), new PrefixNode(new SearchTerm("yo"))]), Bound("new-yo*"));
    }

    [Fact]
    public void A_single_sign_begins_the_terms_of_its_pairs() =>
        Assert.Equal(new PrefixNode(new SearchTerm("猫")), Bound("猫"));

    [Fact]
    public void Operators_become_a_tree() => Assert.Equal(
        new OrNode([new AndNode([Term("a"), new NotNode(Term("b"))]), Term("c")]), Bound("a -b OR c"));

    [Fact]
    public void Names_become_accounts_and_unknown_ones_find_nothing()
    {
        Assert.Equal(new AuthorNode(_ann), Bound("from:ann"));
        Assert.Equal(new AuthorNode(_me), Bound("from:me"));
        Assert.Equal(new TermNode(SearchKeys.Answering(_ann)), Bound("to:ann"));
        Assert.Equal(new OrNode([]), Bound("from:nobody"));
        Assert.Equal(["ann", "bob"], QueryBinder.Names(QueryParser.Parse("from:ann x -(to:bob OR from:me)").Clause!));
    }

    [Fact]
    public void Fields_become_filters()
    {
        Assert.Equal(new FlagsNode(PostFlags.HasLink), Bound("has:link"));
        Assert.Equal(new FlagsNode(PostFlags.HasMedia), Bound("has:image"));
        Assert.Equal(new FlagsNode(PostFlags.IsReply), Bound("is:reply"));
        Assert.Equal(
            new LanguageNode(LanguageCode.TryParse("de", out var german) ? german : default), Bound("language:de"));
        Assert.Equal(new TimeNode(long.MinValue, 1_767_225_600_000), Bound("before:2026"));
        Assert.Equal(new TimeNode(1_798_761_600_000, long.MaxValue), Bound("after:2026"));
        Assert.Equal(new TimeNode(1_764_547_200_000, 1_767_225_600_000), Bound("during:2025-12"));
        Assert.Equal(new TimeNode(1_764_547_200_000, 1_764_633_600_000), Bound("during:2025-12-01"));
    }

    [Fact]
    public void Punctuation_asks_for_nothing()
    {
        Assert.Null(Bound("!!! -..."));
        Assert.Equal(Term("a"), Bound("a OR !!!"));
    }

    private static QueryNode? Bound(string query) =>
        new QueryBinder(_me, name => name == "ann" ? _ann : default).Bind(QueryParser.Parse(query).Clause!);

    private static TermNode Term(string text) => new(new SearchTerm(text));

    private static PhraseNode Phrase(params string[] terms) =>
        new([.. terms.Select((term, offset) => new PhraseTerm(new SearchTerm(term), offset))]);
}
