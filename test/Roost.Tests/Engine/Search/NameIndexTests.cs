using Roost.Engine.Search;
using Xunit;

namespace Roost.Tests.Engine.Search;

public sealed class NameIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Prefixes_find_what_a_naive_scan_finds(int seed)
    {
        var random = new Random(seed);
        var names = new NameIndex();
        var model = new List<(string Word, int Id)>();
        for (var step = 0; step < 3_000; step++)
        {
            var word = Word(random, 6);
            names.Add(word, step % 700);
            model.Add((word, step % 700));
            if (step % 10 != 0)
                continue;
            var prefix = Word(random, 3);

            var found = names.Find(prefix, int.MaxValue);

            Assert.Equal(
                model.Where(one => one.Word.StartsWith(prefix, StringComparison.Ordinal)).Select(one => one.Id)
                    .Distinct().Order(),
                found.Order());
            Assert.True(names.Find(prefix, 3).Count <= 3);
        }
    }

    private static string Word(Random random, int lengthMax) =>
        string.Concat(Enumerable.Range(0, random.Next(1, lengthMax)).Select(_ => "abcé東"[random.Next(5)]));
}
