using System.Text;

namespace Roost.Engine.Search;

/// <summary>
/// Words, each with a number, found by how they begin: a sorted array, and a short unsorted one for what is new, which
/// is merged in before it grows long. Some 20 bytes a word beside its text. Thread-safe by one small lock.
/// </summary>
public sealed class NameIndex
{
    private const int FreshMin = 256;

    private readonly Lock _lock = new();
    private readonly List<(byte[] Word, int Id)> _fresh = [];
    private (byte[] Word, int Id)[] _sorted = [];

    public void Add(string word, int id)
    {
        lock (_lock)
        {
            _fresh.Add((Encoding.UTF8.GetBytes(word), id));
            if (_fresh.Count >= Math.Max(FreshMin, _sorted.Length / 8))
                Merge_NeedsLock();
        }
    }

    /// <summary>Numbers of words that begin so, each once, in the order of the words: the whole word first.</summary>
    /// <param name="idsMax">No more than these.</param>
    public List<int> Find(string prefix, int idsMax)
    {
        var wanted = Encoding.UTF8.GetBytes(prefix);
        var found = new List<int>();
        var seen = new HashSet<int>();
        lock (_lock)
        {
            if (_fresh.Count > 0)
                Merge_NeedsLock();
            for (var i = LowerBound_NeedsLock(wanted); i < _sorted.Length && found.Count < idsMax; i++)
            {
                if (!_sorted[i].Word.AsSpan().StartsWith(wanted))
                    break;
                if (seen.Add(_sorted[i].Id))
                    found.Add(_sorted[i].Id);
            }
        }
        return found;
    }

    private int LowerBound_NeedsLock(byte[] wanted)
    {
        var (low, high) = (0, _sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_sorted[middle].Word.AsSpan().SequenceCompareTo(wanted) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void Merge_NeedsLock()
    {
        _fresh.Sort(Compare);
        var merged = new (byte[], int)[_sorted.Length + _fresh.Count];
        var (old, fresh) = (0, 0);
        for (var i = 0; i < merged.Length; i++)
        {
            var takesOld = fresh == _fresh.Count
                || (old < _sorted.Length && Compare(_sorted[old], _fresh[fresh]) <= 0);
            merged[i] = takesOld ? _sorted[old++] : _fresh[fresh++];
        }
        _sorted = merged;
        _fresh.Clear();
    }

    private static int Compare((byte[] Word, int Id) one, (byte[] Word, int Id) other)
    {
        var order = one.Word.AsSpan().SequenceCompareTo(other.Word);
        return order != 0 ? order : one.Id.CompareTo(other.Id);
    }
}
