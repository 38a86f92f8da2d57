using Roost.Bench.Frame;
using Roost.Engine.Graph;

namespace Roost.Bench.Graph;

/// <summary>
/// Who follows both of two accounts: what a reply's fan-out is, and "followers you know". Every peer counts the same
/// ids, which is checked.
/// </summary>
internal static class IntersectionBenchmark
{
    public static void Run(Report report, BenchSettings settings, Random random)
    {
        var million = settings.Quick ? 10_000 : 1_000_000;
        Similar(report, settings, "one account in 4", RandomIds(random, million, 4 * million),
            RandomIds(random, million, 4 * million));
        Similar(report, settings, "one account in 100", RandomIds(random, million, 100 * million),
            RandomIds(random, million, 100 * million));
        Similar(report, settings, "one account in 4, and one in 100", RandomIds(random, million, 4 * million),
            RandomIds(random, million / 25, 4 * million));
        foreach (var few in (int[])[100, 1_000])
        {
            Few(report, settings, random, few, million, 4 * million);
            Few(report, settings, random, few, million, 100 * million);
        }
    }

    private static void Similar(Report report, BenchSettings settings, string density, SortedIds a, SortedIds b)
    {
        var (flat, other) = (a.ToArray(), b.ToArray());
        var hashed = new HashSet<int>(flat);
        var count = other.Count(hashed.Contains);
        var found = new int[Math.Min(a.Count, b.Count) + Intersection.BufferLength];
        var measured = Rounds.Run(
            settings,
            new Subject("SortedIds.Intersect", () => Repeat(10, count, () => SortedIds.Intersect(a, b, found))),
            new Subject(
                "SortedIds.IntersectCount", () => Repeat(10, count, () => SortedIds.IntersectCount(a, b))),
            new Subject("HashSet<int>.Contains", () => Repeat(1, count, () => other.Count(hashed.Contains))),
            new Subject("two pointers", () => Repeat(2, count, () => CountByTwoPointers(flat, other))));
        report.AddRounds(
            $"Sets of {a.Count:#,0} and {b.Count:#,0}, {density}: {count:#,0} in both", "set", measured, measured[2]);
    }

    private static void Few(
        Report report, BenchSettings settings, Random random, int count, int manyCount, int idMax)
    {
        var many = RandomIds(random, manyCount, idMax);
        // Others in every call, so that none is answered from what the last one left in the caches.
        var fews = Enumerable.Range(0, 200).Select(_ => RandomIds(random, count, idMax)).ToArray();
        var flat = many.ToArray();
        var flats = Array.ConvertAll(fews, few => few.ToArray());
        var hashed = new HashSet<int>(flat);
        var inBoth = flats.Sum(few => few.Count(hashed.Contains));
        var measured = Rounds.Run(
            settings,
            new Subject(
                "SortedIds.IntersectCount", () => Each(few => SortedIds.IntersectCount(fews[few], many))),
            new Subject(
                "Array.BinarySearch", () => Each(few => flats[few].Count(id => Array.BinarySearch(flat, id) >= 0))),
            new Subject("HashSet<int>.Contains", () => Each(few => flats[few].Count(hashed.Contains))));
        report.AddRounds(
            $"A set of {count:#,0} and one of {manyCount:#,0}, one account in {idMax / manyCount}", "set", measured,
            measured[1]);

        long Each(Func<int, int> run)
        {
            var sum = 0L;
            for (var i = 0; i < fews.Length; i++)
                sum += run(i);
            return sum == inBoth ? fews.Length : throw new InvalidOperationException($"{sum} in both, not {inBoth}.");
        }
    }

    private static SortedIds RandomIds(Random random, int count, int idMax)
    {
        var ids = new HashSet<int>(count);
        while (ids.Count < count)
            ids.Add(random.Next(1, idMax + 1));
        return SortedIds.FromUnsorted([.. ids]);
    }

    private static int CountByTwoPointers(int[] a, int[] b)
    {
        int i = 0, j = 0, count = 0;
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j])
                (i, j, count) = (i + 1, j + 1, count + 1);
            else if (a[i] < b[j])
                i++;
            else
                j++;
        }
        return count;
    }

    private static long Repeat(int times, int expected, Func<int> run)
    {
        for (var i = 0; i < times; i++)
        {
            if (run() is var count && count != expected)
                throw new InvalidOperationException($"{count} in both, not {expected}.");
        }
        return times;
    }
}
