using System.Text;
using Roost.Replay;

namespace Roost.World;

/// <summary>Made-up words that can be pronounced, from syllables of a consonant and a vowel.</summary>
internal static class Syllables
{
    private const string Consonants = "bdfghjklmnprstvz";
    private const string Vowels = "aeiou";
    private const int VocabularyWords = 4_096;

    /// <summary>
    /// 4 to 20 words, a pure function of the two numbers. 12 words on average, 60 letters: near the 78 characters
    /// that a post of the stocknet set has with its links and tags. Words are drawn by Zipf's law (rank r with weight
    /// 1/r), as in natural text.
    /// </summary>
    public static string Sentence(ulong seed, int activity)
    {
        var random = SplitMix.For(seed, (ulong)activity);
        var words = 4 + random.Next(17);
        var text = new StringBuilder(words * 6);
        for (var i = 0; i < words; i++)
        {
            if (i > 0) text.Append(' ');
            // The inverse of the cumulative 1/r law: ranks are log-uniform.
            var rank = (int)Math.Exp(random.NextUnit() * Math.Log(VocabularyWords));
            AppendWord(text, StableHash.Mix((ulong)rank), i == 0);
        }
        return text.Append('.').ToString();
    }

    /// <summary>A username: two syllables and the number, which makes it unique. At most 15 characters.</summary>
    public static string Username(ulong seed, int number)
    {
        var text = new StringBuilder(16);
        var bits = StableHash.Combine(seed, (ulong)number);
        AppendSyllable(text, ref bits);
        AppendSyllable(text, ref bits);
        return text.Append(number).ToString();
    }

    private static void AppendWord(StringBuilder text, ulong bits, bool capital)
    {
        var start = text.Length;
        var syllables = 1 + (int)(bits % 3);
        bits /= 3;
        for (var i = 0; i < syllables; i++) AppendSyllable(text, ref bits);
        if (capital) text[start] = char.ToUpperInvariant(text[start]);
    }

    private static void AppendSyllable(StringBuilder text, ref ulong bits)
    {
        text.Append(Consonants[(int)(bits % (ulong)Consonants.Length)]);
        bits /= (ulong)Consonants.Length;
        text.Append(Vowels[(int)(bits % (ulong)Vowels.Length)]);
        bits /= (ulong)Vowels.Length;
    }
}
