using System.Text;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Store;
using Lucene.Net.Util;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;

namespace Roost.Bench.Search;

/// <summary>
/// Lucene.NET 4.8 at its best for this: in memory, the same tokens without an analyser, no norms, no stored fields, a
/// 256 MB buffer. Posts are added newest first and merged into one segment, whose order is then the order of results,
/// so that a search ends after as many hits as it wants. That is what an index sorted by time gives when all its parts
/// are merged; one that grows never is in that state.
/// </summary>
internal sealed class LucenePeer : IDisposable
{
    private readonly RAMDirectory _directory = new();
    private readonly IndexWriter _writer;
    private readonly TokenStreamOfInput _stream = new();
    private readonly Document _document = [];
    private readonly StringField _language = new("language", "", Field.Store.NO);
    private readonly StringField _media = new("media", "", Field.Store.NO);
    private readonly StringField _author = new("author", "", Field.Store.NO);
    private readonly uint _posts;
    private readonly FirstHits _hits = new();
    private DirectoryReader? _reader;
    private IndexSearcher? _searcher;

    /// <param name="posts">How many will be added: seqs from this down to 1.</param>
    public LucenePeer(uint posts)
    {
        _posts = posts;
        var config = new IndexWriterConfig(LuceneVersion.LUCENE_48, null)
        {
            RAMBufferSizeMB = 256,
            // Keeps the order of adding, which the default one does not.
            MergePolicy = new LogDocMergePolicy(),
            MergeScheduler = new SerialMergeScheduler(),
        };
        _writer = new IndexWriter(_directory, config);
        var terms = new FieldType
        {
            IsIndexed = true,
            IsTokenized = true,
            OmitNorms = true,
            IndexOptions = IndexOptions.DOCS_AND_FREQS_AND_POSITIONS,
        };
        _document.Add(new Field("text", _stream, terms));
        _document.Add(_language);
        _document.Add(_media);
        _document.Add(_author);
    }

    public void Add(in SearchPost post, SearchInput input)
    {
        _stream.Input = input;
        _language.SetStringValue(post.Language.ToString());
        _media.SetStringValue((post.Flags & PostFlags.HasMedia) != 0 ? "yes" : "no");
        _author.SetStringValue(post.Author.ToString());
        _writer.AddDocument(_document);
    }

    /// <summary>Makes what was added visible, as a near-real-time reader does.</summary>
    public void Refresh()
    {
        var newer = _reader is null
            ? DirectoryReader.Open(_writer, applyAllDeletes: true)
            : DirectoryReader.OpenIfChanged(_reader, _writer, applyAllDeletes: true);
        if (newer is null)
            return;
        _reader?.Dispose();
        _reader = newer;
        _searcher = new IndexSearcher(_reader);
    }

    public void Finish()
    {
        _writer.ForceMerge(1);
        Refresh();
    }

    /// <summary>Seqs of the newest that match; the page is valid until the next call.</summary>
    public ReadOnlySpan<uint> Newest(Query query, int limit)
    {
        _hits.Start(limit, _posts);
        _searcher!.Search(query, _hits);
        return _hits.Seqs;
    }

    /// <summary>The same without a collector: that can end a search only by an exception.</summary>
    public ReadOnlySpan<uint> NewestOfScorer(Query query, int limit)
    {
        _hits.Start(limit, _posts);
        var weight = _searcher!.CreateNormalizedWeight(query);
        foreach (var leaf in _reader!.Leaves)
        {
            var scorer = weight.GetScorer(leaf, leaf.AtomicReader.LiveDocs);
            _hits.SetNextReader(leaf);
            while (scorer is not null && scorer.NextDoc() != DocIdSetIterator.NO_MORE_DOCS)
            {
                if (_hits.Add(scorer.DocID))
                    return _hits.Seqs;
            }
        }
        return _hits.Seqs;
    }

    /// <summary>The same query in Lucene's terms.</summary>
    public static Query Translate(QueryNode node)
    {
        switch (node)
        {
            case TermNode term:
                return new ConstantScoreQuery(new TermQuery(new Term("text", Bytes(term.Term))));
            case PhraseNode phrase:
                var terms = new PhraseQuery();
                foreach (var term in phrase.Terms) terms.Add(new Term("text", Bytes(term.Term)), term.Offset);
                return terms;
            case AndNode and:
                return All(and.Parts, Occur.MUST);
            case OrNode or:
                return All(or.Parts, Occur.SHOULD);
            case PrefixNode prefix:
                return new PrefixQuery(new Term("text", Bytes(prefix.Prefix)))
                {
                    MultiTermRewriteMethod = MultiTermQuery.CONSTANT_SCORE_FILTER_REWRITE,
                };
            case LanguageNode language:
                return new TermQuery(new Term("language", language.Language.ToString()));
            case FlagsNode { Flags: PostFlags.HasMedia }:
                return new TermQuery(new Term("media", "yes"));
            case AuthorNode author:
                return new TermQuery(new Term("author", author.Author.ToString()));
            default:
                throw new NotSupportedException($"{node} is not measured.");
        }
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _writer.Dispose();
        _directory.Dispose();
    }

    private static BooleanQuery All(NodeList<QueryNode> parts, Occur occur)
    {
        var query = new BooleanQuery(disableCoord: true);
        foreach (var part in parts) query.Add(Translate(part), occur);
        return query;
    }

    private static BytesRef Bytes(SearchTerm term) => new(term.Bytes.ToArray());

    /// <summary>Takes the first hits and ends the search.</summary>
    private sealed class FirstHits : ICollector
    {
        private readonly uint[] _seqs = new uint[1_000];
        private int _count;
        private int _limit;
        private int _base;
        private uint _posts;

        public ReadOnlySpan<uint> Seqs => _seqs.AsSpan(0, _count);

        public bool AcceptsDocsOutOfOrder => false;

        public void Start(int limit, uint posts) => (_count, _limit, _posts) = (0, limit, posts);

        public void SetScorer(Scorer scorer) { }

        public void SetNextReader(AtomicReaderContext context) => _base = context.DocBase;

        public void Collect(int doc)
        {
            if (Add(doc))
                throw new CollectionTerminatedException();
        }

        /// <returns>Whether these are enough.</returns>
        public bool Add(int doc)
        {
            _seqs[_count++] = _posts - (uint)(_base + doc);
            return _count == _limit;
        }
    }

    private sealed class TokenStreamOfInput : Lucene.Net.Analysis.TokenStream
    {
        private readonly ICharTermAttribute _term;
        private int _next;

        public TokenStreamOfInput() => _term = AddAttribute<ICharTermAttribute>();

        public SearchInput? Input { get; set; }

        public override void Reset() => _next = 0;

        public override bool IncrementToken()
        {
            if (_next == Input!.Tokens.Length)
                return false;
            // The end of the text before left a position increment of 0.
            ClearAttributes();
            var bytes = Input.Term(_next++);
            var length = Encoding.UTF8.GetCharCount(bytes);
            _term.ResizeBuffer(length);
            Encoding.UTF8.GetChars(bytes, _term.Buffer);
            _term.Length = length;
            return true;
        }
    }
}
